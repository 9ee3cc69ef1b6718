import type { QueryAnswer } from '#server/promql/metrics-backend.ts';
import type { ServerContext } from '#server/server-context.ts';
import type { Sparkline } from './schemas.ts';

const POINTS = 40;

export interface SparklineRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The range a sparkline covers, with 40 points; by default the last 15 minutes. */
export function sparklineRange(now: number, from?: number, to?: number): SparklineRange {
  const end = to ?? now;
  const start = Math.min(from ?? end - 900, end - 60);
  return { from: start, to: end, step: (end - start) / (POINTS - 1) };
}

/** Runs a range query and lays each series on the grid; the key is the value of `label` ('' without one). */
export async function readSparklines(ctx: Pick<ServerContext, 'metrics'>, query: string, label: string | undefined, range: SparklineRange): Promise<Map<string, Sparkline>> {
  const answer = await ctx.metrics.queryRange(query, { start: range.from, end: range.to, step: range.step });
  return new Map(seriesOf(answer).map(({ metric, values }) => [label === undefined ? '' : (metric[label] ?? ''), onGrid(values, range)]));
}

/** A sparkline without data. */
export function emptySparkline(range: SparklineRange): Sparkline {
  return onGrid([], range);
}

function onGrid(values: readonly (readonly [number, number])[], { from, to, step }: SparklineRange): Sparkline {
  const points: (number | null)[] = Array.from({ length: POINTS }, () => null);
  for (const [time, value] of values) {
    const index = Math.round((time - from) / step);
    if (index >= 0 && index < POINTS && Number.isFinite(value)) points[index] = value;
  }
  return { from, to, points };
}

function seriesOf(answer: QueryAnswer): readonly { readonly metric: Readonly<Record<string, string>>; readonly values: readonly (readonly [number, number])[] }[] {
  return answer.value.resultType === 'matrix' ? answer.value.result : [];
}
