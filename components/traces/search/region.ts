import { createParser } from 'nuqs';
import type { FieldExpression } from '#server/traces/traceql/ast.ts';
import { compares, intrinsic } from './conditions.ts';

/** A rectangle of the picture: times in Unix ms, durations in nanoseconds, all inclusive. */
export interface Region {
  readonly fromMs: number;
  readonly toMs: number;
  readonly minNano: number;
  readonly maxNano: number;
}

/** `1763750000000-1763750060000~1500000-2300000` in the URL. */
export const regionParser = createParser<Region>({
  parse: (text) => {
    const numbers = /^(\d{1,15})-(\d{1,15})~(\d{1,15})-(\d{1,15})$/.exec(text)?.slice(1).map(Number);
    if (numbers === undefined) return null;
    const [fromMs = 0, toMs = 0, minNano = 0, maxNano = 0] = numbers;
    return fromMs <= toMs && minNano <= maxNano ? { fromMs, toMs, minNano, maxNano } : null;
  },
  serialize: ({ fromMs, toMs, minNano, maxNano }) => `${Math.round(fromMs)}-${Math.round(toMs)}~${Math.round(minNano)}-${Math.round(maxNano)}`,
  eq: (a, b) => a.fromMs === b.fromMs && a.toMs === b.toMs && a.minNano === b.minNano && a.maxNano === b.maxNano,
});

/** The region's durations as conditions of a query: of whole traces or of single spans. */
export function durationConditions({ minNano, maxNano }: Region, of: 'traces' | 'spans'): readonly FieldExpression[] {
  const field = intrinsic(of === 'traces' ? 'trace:duration' : 'span:duration');
  const least = roundedBound(minNano, true);
  return [...(least > 0n ? [compares(field, '>=', { type: 'duration', value: least })] : []), compares(field, '<=', { type: 'duration', value: roundedBound(maxNano, false) })];
}

/** Durations beyond the region's, as one condition. */
export function outsideCondition({ minNano, maxNano }: Region, of: 'traces' | 'spans'): FieldExpression {
  const field = intrinsic(of === 'traces' ? 'trace:duration' : 'span:duration');
  const least = roundedBound(minNano, true);
  const longer = compares(field, '>', { type: 'duration', value: roundedBound(maxNano, false) });
  return least > 0n ? { kind: 'binary', operator: '||', left: compares(field, '<', { type: 'duration', value: least }), right: longer } : longer;
}

/**
 * A bound read off a picture: at most three significant digits, so that a query can be read, and never inside of what
 * was marked (`down` for a lower bound, else up). Takes and gives nanoseconds.
 */
export function roundedBound(nano: number, down: boolean): bigint {
  if (nano <= 0) return 0n;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(nano)) - 2);
  return BigInt(Math.round((down ? Math.floor(nano / step) : Math.ceil(nano / step)) * step));
}
