import { cx } from '#components/ui/class-names.ts';
import { seriesColor } from './chart-series.ts';
import { formatNumber } from './format-number.ts';

export interface ShareSegment {
  readonly label: string;
  readonly value: number;
  readonly color?: string;
}
export interface ShareMeterProps {
  readonly label: string;
  readonly segments: readonly ShareSegment[];
  /** Names and percentages under the bar. */
  readonly legend?: boolean;
  readonly height?: number;
  readonly className?: string;
}

/** Parts of a whole as one bar: traffic shares, codes, sync states. Its text says the same. */
export function ShareMeter({ label, segments, legend = false, height = 8, className }: ShareMeterProps) {
  const total = segments.reduce((sum, { value }) => sum + value, 0);
  const parts = segments.map((segment, index) => ({ ...segment, color: segment.color ?? seriesColor(index), share: total > 0 ? segment.value / total : 0 }));
  const text = total > 0 ? parts.map((part) => `${part.label} ${formatNumber(part.share, 'ratio')}`).join(', ') : 'no data';
  return (
    <div className={cx('min-w-0', className)}>
      <div role="img" aria-label={`${label}: ${text}`} title={text} className="flex w-full gap-px overflow-hidden rounded-sm bg-active" style={{ height }}>
        {parts.map((part) => part.share > 0 && <span key={part.label} style={{ width: `${part.share * 100}%`, background: part.color }} className="min-w-px" />)}
      </div>
      {legend && (
        <ul className="mt-1 flex flex-wrap gap-x-3 text-label">
          {parts.map((part) => (
            <li key={part.label} className="flex items-center gap-1.5">
              <span className="size-2 rounded-sm" style={{ background: part.color }} aria-hidden />
              <span className="text-fg-secondary">{part.label}</span>
              <span className="tabular-nums">{total > 0 ? formatNumber(part.share, 'ratio') : '—'}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** How much of a bound is used, with its number: `value` of `max`. */
export function BarMeter({ label, value, max, text, color = 'var(--series-1)' }: { readonly label: string; readonly value: number | null; readonly max: number; readonly text: string; readonly color?: string }) {
  const share = value === null || max <= 0 ? 0 : Math.min(1, Math.max(0, value / max));
  return (
    <div className="flex min-w-0 items-center gap-2" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={max} aria-valuenow={value ?? 0} aria-valuetext={text}>
      <span className="h-1.5 min-w-8 flex-1 overflow-hidden rounded-sm bg-active">
        <span className="block h-full rounded-sm" style={{ width: `${share * 100}%`, background: color }} />
      </span>
      {/* As wide in every row, so that bars under each other are on one scale. */}
      <span className="min-w-[52px] text-right text-label whitespace-nowrap tabular-nums">{text}</span>
    </div>
  );
}
