import { formatNumber } from '#components/charts/format-number.ts';
import { ResourceLink } from './resource-link.tsx';

/** Clusters that traffic goes to, with their shares. */
export function Targets({ targets }: { readonly targets: readonly { readonly cluster: string; readonly percent?: number }[] }) {
  return (
    <ul className="flex flex-col gap-0.5">
      {targets.map(({ cluster, percent }) => (
        <li key={cluster} className="flex items-baseline gap-2">
          {percent !== undefined && <span className="w-10 shrink-0 text-right font-medium tabular-nums">{formatNumber(percent / 100, 'ratio')}</span>}
          <ResourceLink to={{ type: 'cluster', name: cluster }} />
        </li>
      ))}
    </ul>
  );
}
