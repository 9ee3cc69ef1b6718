import { ChartSkeleton } from '#components/charts/promql-panel.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';

/** The page of one service or workload before it is known: large numbers, then charts. */
export function SubjectSkeleton() {
  return (
    <div aria-hidden className="flex flex-col gap-4">
      <div className="flex h-[72px] items-center gap-10 rounded-panel border border-line bg-panel px-4">
        {['requests', 'errors', 'latency'].map((name) => (
          <span key={name} className="flex flex-col gap-2">
            <Skeleton className="h-2.5 w-14" />
            <Skeleton className="h-6 w-20" />
          </span>
        ))}
      </div>
      <Skeleton className="h-4 w-40" />
      <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-4">
        {['responses', 'success', 'latency', 'flags'].map((name) => (
          <Panel key={name} className="pt-6">
            <ChartSkeleton height={170} />
          </Panel>
        ))}
      </div>
    </div>
  );
}
