import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { Popover } from '#components/ui/popover.tsx';
import { histogramQuantile } from './histogram-quantile.ts';
import type { HistogramBucket, HistogramValue } from './read-answer.ts';

/** A native histogram in a cell: its shape and count; pressed, its buckets. */
export function HistogramCell({ value, unit, label }: { readonly value: HistogramValue; readonly unit: Unit; readonly label: string }) {
  return (
    <Popover
      label={`Buckets of ${label}`}
      align="end"
      className="w-[380px] p-3"
      trigger={
        <button type="button" aria-label={`Histogram of ${formatNumber(value.count, 'count')} observations: show its buckets`} className="inline-flex h-6 items-center gap-2 rounded-control px-1 hover:bg-hover">
          <HistogramBars value={value} width={72} height={18} />
          <span className="tabular-nums">{formatNumber(value.count, 'count')}</span>
        </button>
      }
    >
      <HistogramDetail value={value} unit={unit} />
    </Popover>
  );
}

/** Buckets as bars beside each other, the height by observations. */
function HistogramBars({ value, width, height }: { readonly value: HistogramValue; readonly width: number; readonly height: number }) {
  const most = Math.max(...value.buckets.map(({ count }) => count), 1e-300);
  const each = width / Math.max(1, value.buckets.length);
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} className="shrink-0" aria-hidden>
      <path d={`M0 ${height - 0.5}H${width}`} stroke="var(--border-default)" />
      {value.buckets.map(({ lower, count }, index) => {
        const tall = Math.max(1, (Math.max(0, count) / most) * (height - 1));
        return <rect key={lower} x={index * each} y={height - tall} width={Math.max(0.75, each - (each > 3 ? 1 : 0))} height={tall} fill="var(--series-1)" />;
      })}
    </svg>
  );
}

function HistogramDetail({ value, unit }: { readonly value: HistogramValue; readonly unit: Unit }) {
  const { count, sum, buckets } = value;
  const most = Math.max(...buckets.map((bucket) => bucket.count), 1e-300);
  const facts: readonly (readonly [string, string])[] = [
    ['Observations', formatNumber(count)],
    ['Sum', formatNumber(sum, unit)],
    ['Mean', formatNumber(count > 0 ? sum / count : null, unit)],
    ['p50', formatNumber(histogramQuantile(value, 0.5), unit)],
    ['p95', formatNumber(histogramQuantile(value, 0.95), unit)],
    ['p99', formatNumber(histogramQuantile(value, 0.99), unit)],
  ];
  return (
    <div className="flex flex-col gap-2">
      <HistogramBars value={value} width={352} height={72} />
      <dl className="grid grid-cols-3 gap-x-3 gap-y-1 text-label">
        {facts.map(([name, text]) => (
          <div key={name} className="flex justify-between gap-2">
            <dt className="text-fg-secondary">{name}</dt>
            <dd className="tabular-nums">{text}</dd>
          </div>
        ))}
      </dl>
      <div className="max-h-56 overflow-y-auto" tabIndex={0} role="region" aria-label="Buckets">
        <table className="w-full text-label">
          <thead className="sticky top-0 bg-overlay text-left text-fg-tertiary">
            <tr>
              <th scope="col" className="py-1 font-medium">
                Bucket
              </th>
              <th scope="col" className="py-1 text-right font-medium">
                Observations
              </th>
            </tr>
          </thead>
          <tbody>
            {buckets.map((bucket) => (
              <tr key={`${bucket.lower} ${bucket.upper}`} className="border-t border-line-subtle">
                <th scope="row" className="py-0.5 text-left font-mono font-normal">
                  {bucketText(bucket)}
                </th>
                <td className="py-0.5 text-right tabular-nums">
                  <span className="mr-2 inline-block h-2 rounded-sm bg-series-1 align-middle" style={{ width: (bucket.count / most) * 96 }} aria-hidden />
                  {formatNumber(bucket.count)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** `(0.5, 1]`, as mathematics writes which ends belong to it. */
function bucketText({ ends, lower, upper }: HistogramBucket): string {
  const left = ends === 'left-open' || ends === 'open' ? '(' : '[';
  const right = ends === 'right-open' || ends === 'open' ? ')' : ']';
  return `${left}${bound(lower)}, ${bound(upper)}${right}`;
}

function bound(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : value > 0 ? '+Inf' : '-Inf';
}
