import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { Unit } from '#components/charts/format-number.ts';
import { cx } from '#components/ui/class-names.ts';
import { differenceText } from './difference-text.ts';

/** b less a with its share of a; worse is marked by a glyph and words, not by colour alone. */
export function DifferenceCell({ a, b, unit, quiet = false }: { readonly a: number; readonly b: number; readonly unit: Unit; readonly quiet?: boolean }) {
  const { text, share, direction } = differenceText(a, b, unit);
  return (
    <span className={cx('inline-flex items-center justify-end gap-1 tabular-nums', direction === 'same' && 'text-fg-tertiary', quiet && 'text-fg-tertiary')}>
      {direction !== 'same' && !quiet && <StatusGlyph status={direction === 'more' ? 'degraded' : 'healthy'} quiet size={10} label={direction === 'more' ? 'more' : 'less'} />}
      <span>{text}</span>
      {share !== '' && <span className="text-fg-tertiary">{share}</span>}
    </span>
  );
}
