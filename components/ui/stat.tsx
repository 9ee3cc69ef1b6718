import type { ReactNode } from 'react';
import { formatParts, type Unit } from '#components/charts/format-number.ts';

export interface StatProps {
  readonly label: ReactNode;
  readonly value: number | null | undefined;
  readonly unit?: Unit;
  /** Under the number: trend, comparison, sparkline. */
  readonly children?: ReactNode;
  /** A `StatusGlyph`, before the label. */
  readonly glyph?: ReactNode;
}

/** One big number with its name. `—` when there is no data. */
export function Stat({ label, value, unit = 'none', children, glyph }: StatProps) {
  const parts = formatParts(value, unit);
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <div className="flex items-center gap-1.5 text-label text-fg-secondary">
        {glyph}
        <span className="truncate">{label}</span>
      </div>
      <div className="text-big font-semibold tabular-nums">
        {parts.value}
        {parts.unit !== '' && <span className="ml-[0.12em] text-section font-medium text-fg-secondary">{parts.unit}</span>}
      </div>
      {children}
    </div>
  );
}
