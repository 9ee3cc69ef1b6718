import type { ExplainedPart } from '#server/promql/metrics-backend.ts';

/** A part of an explained query as the view draws it. */
export interface ExplainRow extends ExplainedPart {
  readonly index: number;
  readonly depth: number;
  /** Time of the part without its own parts, ms. */
  readonly ownMilliseconds: number;
  /** `ownMilliseconds` as a share of the whole query's time, 0..1. */
  readonly share: number;
  readonly slowest: boolean;
}

/** Parts in the order of the tree, each with its depth and own time. The part with the most own time is marked. */
export function explainRows(parts: readonly ExplainedPart[]): readonly ExplainRow[] {
  const inner = parts.map(() => 0);
  for (const { parent, milliseconds } of parts) if (inner[parent] !== undefined) inner[parent] += milliseconds;
  const own = parts.map(({ milliseconds }, index) => Math.max(0, milliseconds - (inner[index] ?? 0)));
  const total = own.reduce((sum, each) => sum + each, 0);
  const slowest = total > 0 && parts.length > 1 ? own.indexOf(Math.max(...own)) : -1;
  const depths: number[] = [];
  return parts.map((part, index) => {
    const depth = part.parent < 0 ? 0 : (depths[part.parent] ?? 0) + 1;
    depths.push(depth);
    return { ...part, index, depth, ownMilliseconds: own[index] ?? 0, share: total > 0 ? (own[index] ?? 0) / total : 0, slowest: index === slowest };
  });
}
