import { summarise, type SeriesPoint } from './chart-series.ts';
import { formatNumber, type Unit } from './format-number.ts';

export interface SparklineProps {
  readonly points: readonly SeriesPoint[];
  /** Names it for screen readers; leave out when the number beside it says enough. */
  readonly label?: string;
  readonly unit?: Unit;
  readonly color?: string;
  readonly width?: number;
  readonly height?: number;
  /** Top of the scale, to compare rows; own maximum when left out. */
  readonly max?: number;
}

/** A line the size of a word. From zero, so that heights compare; gaps stay gaps. */
export function Sparkline({ points, label, unit = 'none', color = 'var(--series-1)', width = 80, height = 20, max }: SparklineProps) {
  const { max: own, last } = summarise(points);
  const first = points[0]?.t ?? 0;
  const span = Math.max(1, (points.at(-1)?.t ?? 0) - first);
  const top = Math.max(max ?? own ?? 0, 1e-12);
  const x = (t: number): number => ((t - first) / span) * (width - 2) + 1;
  const y = (v: number): number => height - 1.5 - (Math.min(Math.max(v, 0), top) / top) * (height - 3);
  const runs = runsOf(points);
  const title = label === undefined ? {} : { role: 'img', 'aria-label': `${label}: now ${formatNumber(last, unit)}, at most ${formatNumber(own, unit)}` };
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} className="shrink-0 overflow-visible" {...(label === undefined ? { 'aria-hidden': true } : title)}>
      <path d={`M1 ${height - 0.5}H${width - 1}`} stroke="var(--border-subtle)" />
      {runs.map((run) => {
        const line = run.map(({ t, v }, index) => `${index === 0 ? 'M' : 'L'}${x(t).toFixed(1)} ${y(v).toFixed(1)}`).join('');
        const [start, end] = [run[0]?.t ?? 0, run.at(-1)?.t ?? 0];
        return (
          <g key={start}>
            {run.length > 1 && <path d={`${line}L${x(end).toFixed(1)} ${height - 1}L${x(start).toFixed(1)} ${height - 1}Z`} fill={color} opacity="0.12" />}
            {run.length > 1 ? <path d={line} fill="none" stroke={color} strokeWidth="1.25" strokeLinejoin="round" /> : <circle cx={x(start)} cy={y(run[0]?.v ?? 0)} r="1.25" fill={color} />}
          </g>
        );
      })}
    </svg>
  );
}

function runsOf(points: readonly SeriesPoint[]): { t: number; v: number }[][] {
  const runs: { t: number; v: number }[][] = [];
  let run: { t: number; v: number }[] = [];
  for (const { t, v } of points) {
    if (v !== null && Number.isFinite(v)) {
      if (run.length === 0) runs.push(run);
      run.push({ t, v });
    } else run = [];
  }
  return runs;
}
