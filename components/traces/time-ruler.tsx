import { formatNumber } from '#components/charts/format-number.ts';
import { NAME_SHARE } from './waterfall-row.tsx';
import type { NanoRange } from './waterfall-rows.ts';

const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Time since the trace's start, over the bars. */
export function TimeRuler({ range }: { readonly range: NanoRange }) {
  return (
    <div className="flex h-6 shrink-0 border-b border-line bg-sunken text-axis text-fg-tertiary tabular-nums" aria-hidden>
      <div className="flex items-center border-r border-line px-3 font-medium" style={{ width: `${NAME_SHARE}%` }}>
        Service and operation
      </div>
      <div className="relative flex-1">
        {TICKS.map((tick) => (
          <span key={tick} className="absolute top-1 px-1 whitespace-nowrap" style={tick === 1 ? { right: 0 } : { left: `${tick * 100}%` }}>
            {formatNumber((range.from + (range.to - range.from) * tick) / 1e6, 'ms')}
          </span>
        ))}
      </div>
    </div>
  );
}
