import type { ReactNode } from 'react';
import { Stat } from '#components/ui/stat.tsx';
import type { TrafficNumbers } from '#server/inventory/schemas.ts';
import { TRAFFIC_STATS } from './traffic-columns.tsx';

/** Traffic of one service or workload, then whatever else is worth a large number. */
export function StatStrip({ numbers, children }: { readonly numbers: TrafficNumbers; readonly children?: ReactNode }) {
  return (
    <div className="flex flex-wrap gap-x-10 gap-y-3 rounded-panel border border-line bg-panel px-4 py-3">
      {TRAFFIC_STATS.map(({ label, unit, of }) => (
        <Stat key={label} label={label} value={of(numbers)} unit={unit} />
      ))}
      {children}
    </div>
  );
}
