import type { Attribute, Intrinsic, MetricsStage, SecondStage } from './ast.ts';
import type { TokenCursor } from './cursor.ts';
import { parseCondition, parseField, parseFilter, takeNumber } from './parse-field.ts';
import { METRICS_FUNCTIONS } from './words.ts';

/** Is this the name of a metrics function? */
export function isMetricsFunction(word: string): word is MetricsStage['function'] {
  return METRICS_FUNCTIONS.some((f) => f === word);
}

/** `rate() by (…)`, `quantile_over_time(duration, .9) by (…)`, `compare({ … }, 10)`. The cursor is at the function's name. */
export function parseMetrics(cursor: TokenCursor): MetricsStage {
  const name = cursor.take();
  const called = name.kind === 'word' && isMetricsFunction(name.text) ? name.text : 'rate';
  cursor.expect('(');
  if (called === 'compare') return { kind: 'metrics', function: called, ...parseCompare(cursor), by: [], at: { from: name.from, to: cursor.expect(')').to } };
  const of = cursor.isSymbol(')') ? undefined : parseCondition(cursor);
  const quantiles: number[] = [];
  while (called === 'quantile_over_time' && of !== undefined && cursor.takeIf(',')) quantiles.push(parseNumber(cursor, 'a quantile from 0 to 1, such as 0.95'));
  let { to } = cursor.expect(')', called === 'quantile_over_time' ? '"," or ")"' : '")"');
  const by: (Attribute | Intrinsic)[] = [];
  if (cursor.isWord('by')) {
    cursor.take();
    cursor.expect('(');
    do by.push(parseField(cursor));
    while (cursor.takeIf(','));
    ({ to } = cursor.expect(')', '"," or ")"'));
  }
  return { kind: 'metrics', function: called, ...(of === undefined ? {} : { of }), by, ...(called === 'quantile_over_time' ? { quantiles } : {}), at: { from: name.from, to } };
}

function parseCompare(cursor: TokenCursor): Pick<MetricsStage, 'compare'> {
  const selection = parseFilter(cursor);
  const top = cursor.takeIf(',') ? Number(parseWhole(cursor, 'how many values of each attribute, such as 10')) : 10;
  if (!cursor.takeIf(',')) return { compare: { selection, top } };
  const startUnixNano = parseWhole(cursor, 'the start of the selection in Unix nanoseconds');
  cursor.expect(',', '"," and the end of the selection');
  return { compare: { selection, top, startUnixNano, endUnixNano: parseWhole(cursor, 'the end of the selection in Unix nanoseconds') } };
}

function parseWhole(cursor: TokenCursor, what: string): bigint {
  const token = cursor.peek();
  if (token.kind !== 'literal' || token.value.type !== 'int') throw cursor.expected(what);
  cursor.take();
  return token.value.value;
}

/** A number as a metric's value: a duration in seconds. */
function parseNumber(cursor: TokenCursor, what: string): number {
  const minus = cursor.peek();
  const negative = cursor.takeIf('-');
  const number = takeNumber(cursor, minus.from)?.value;
  if (number === undefined || !('value' in number)) throw cursor.expected(what);
  const value = number.type === 'duration' ? Number(number.value) / 1e9 : Number(number.value);
  // `takeNumber` gives it negated; + 0 makes -0 a plain zero.
  return (negative ? value : -value) + 0;
}

/** `| topk(5) > 10 …` behind metrics. */
export function parseSecondStages(cursor: TokenCursor): SecondStage[] {
  const stages: SecondStage[] = [];
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'symbol') return stages;
    if (token.text === '|') {
      cursor.take();
      const kind = cursor.isWord('topk') ? 'topk' : cursor.isWord('bottomk') ? 'bottomk' : undefined;
      if (kind === undefined) throw cursor.expected('topk(…) or bottomk(…): nothing else stands behind metrics');
      cursor.take();
      cursor.expect('(');
      stages.push({ kind, limit: Number(parseWhole(cursor, 'how many series to keep, such as 10')) });
      cursor.expect(')');
    } else {
      const operator = (['=', '!=', '<', '<=', '>', '>='] as const).find((o) => o === token.text);
      if (operator === undefined) return stages;
      cursor.take();
      stages.push({ kind: 'threshold', operator, value: parseNumber(cursor, 'a number') });
    }
    cursor.countOperator();
  }
}
