import { axisFormatter, formatNumber } from '#components/charts/format-number.ts';
import { niceTicks } from '#components/charts/ticks.ts';
import type { NanoRange } from './bar-pieces.ts';

/** Round offsets from the trace's start within a range, nanoseconds. */
export function rulerTicks({ from, to }: NanoRange, count: number): number[] {
  const length = to - from;
  if (length <= 0) return [from];
  const ticks = niceTicks(0, length, count);
  const step = (ticks[1] ?? length) - (ticks[0] ?? 0);
  const first = Math.ceil(from / step);
  const out: number[] = [];
  for (let i = first; i * step <= to && out.length <= count * 3; i++) out.push(i * step);
  return out;
}

/** Time since the trace's start, over the bars; its texts share a unit and end before the next begins. */
export function TimeRuler({ range, ticks }: { readonly range: NanoRange; readonly ticks: readonly number[] }) {
  const length = Math.max(1, range.to - range.from);
  const exact = axisFormatter(range.to / 1e6, 'ms');
  return (
    <div className="relative min-w-0 flex-1 overflow-hidden" aria-hidden title={`${formatNumber(range.from / 1e6, 'ms')} to ${formatNumber(range.to / 1e6, 'ms')} since the trace began`}>
      {ticks.map((tick) => {
        const share = (tick - range.from) / length;
        if (share > 0.93) return null;
        return (
          <span key={tick} className="absolute top-1 border-l border-line pl-1 whitespace-nowrap" style={{ left: `${share * 100}%` }}>
            {exact(tick / 1e6)}
          </span>
        );
      })}
    </div>
  );
}
