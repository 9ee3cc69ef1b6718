import type { Aggregate, ArithmeticOperator, MetricsArithmetic, MetricsOperand, MetricsQuery, MetricsStage, Pipeline, Position, ScalarExpression, ScalarFilter, SpansetExpression, SpansetOperator, Stage, Static, TraceQl } from './ast.ts';
import { ParseFault, TokenCursor, type TraceQlFault } from './cursor.ts';
import { parseCondition, parseField, parseFilter, parseStatic, span, takeNumber } from './parse-field.ts';
import { isMetricsFunction, parseMetrics, parseSecondStages } from './parse-metrics.ts';
import { AGGREGATES } from './words.ts';

export type ParsedTraceQl = { readonly ok: true; readonly query: TraceQl } | { readonly ok: false; readonly fault: TraceQlFault };

/**
 * Reads a query by its grammar alone (whether its types fit is for check.ts); the first fault says what was expected and
 * where. An empty text is `{ }`, every span. Grammar: grafana.com/docs/tempo/latest/traceql/construct-traceql-queries and
 * metrics-from-traces/metrics-queries/functions; the reader is a Pratt parser, bounded in depth.
 */
export function parseTraceQl(text: string): ParsedTraceQl {
  const cursor = new TokenCursor(text);
  try {
    if (cursor.peek().kind === 'end') return { ok: true, query: { pipeline: everything() } };
    const content = parseContent(cursor);
    const second = content.metrics === undefined ? [] : parseSecondStages(cursor);
    const hints = cursor.isWord('with') ? parseHints(cursor) : undefined;
    if (cursor.peek().kind !== 'end') throw cursor.expected(content.metrics === undefined ? 'an operator, "|", or the end of the query' : 'topk(…), bottomk(…), a comparison with a number, or the end of the query');
    return {
      ok: true,
      query: { pipeline: content.pipeline, ...(content.metrics === undefined ? {} : { metrics: content.metrics }), ...(second.length === 0 ? {} : { second }), ...(hints === undefined ? {} : { hints }) },
    };
  } catch (error) {
    if (error instanceof ParseFault) return { ok: false, fault: { message: error.message, ...error.at } };
    throw error;
  }
}

/** What an operand of the outer grammar turned out to be: the same operator means another thing for each. */
type Item =
  | { readonly is: 'spanset'; readonly node: SpansetExpression }
  | { readonly is: 'scalar'; readonly node: ScalarExpression }
  | { readonly is: 'filter'; readonly node: ScalarFilter }
  | { readonly is: 'metrics'; readonly node: MetricsQuery | MetricsArithmetic };

const BINDING: ReadonlyMap<string, number> = new Map([
  ...['&&', '||'].map((o): [string, number] => [o, 1]),
  ...['>', '>>', '<', '<<', '~', '!>', '!>>', '!<', '!<<', '!~', '&>', '&>>', '&<', '&<<', '&~', '=', '!=', '>=', '<='].map((o): [string, number] => [o, 2]),
  ...['+', '-'].map((o): [string, number] => [o, 3]),
  ...['*', '/', '%'].map((o): [string, number] => [o, 4]),
  ['^', 5],
]);
const COMPARISONS = new Set(['=', '!=', '<', '<=', '>', '>=']);
const SPANSET_OPERATORS = new Set(['&&', '||', '>', '>>', '<', '<<', '~', '!>', '!>>', '!<', '!<<', '!~', '&>', '&>>', '&<', '&<<', '&~']);

/** How tightly an operator between spansets, scalars or metrics binds. */
export function outerBinding(operator: string): number {
  return BINDING.get(operator) ?? 0;
}

/** Stages up to a closing bracket, `with` or the end. */
function parseContent(cursor: TokenCursor): { readonly pipeline: Pipeline; readonly metrics?: MetricsStage | MetricsArithmetic; readonly scalar?: ScalarExpression } {
  const stages: Stage[] = [];
  for (;;) {
    const token = cursor.peek();
    if (token.kind === 'word' && isMetricsFunction(token.text)) {
      if (stages.length === 0) throw new ParseFault(`${token.text} measures spans that were selected before it: { } | ${token.text}(…)`, token);
      return { pipeline: { kind: 'pipeline', stages }, metrics: parseMetrics(cursor) };
    }
    const stage = parseWordStage(cursor);
    if (stage === undefined) {
      const item = parseItem(cursor, 0);
      if (item.is === 'scalar') {
        if (stages.length === 0 && cursor.isSymbol(')')) return { pipeline: everything(), scalar: item.node };
        throw cursor.expected('a comparison such as "> 2"');
      }
      if (item.is === 'metrics') {
        if (stages.length > 0) throw new ParseFault('arithmetic of metrics stands alone: put the whole of each query into its brackets', atOf(item.node));
        if (item.node.kind === 'metrics-query') return { pipeline: item.node.pipeline, metrics: item.node.stage };
        return { pipeline: everything(), metrics: item.node };
      }
      stages.push(item.node);
    } else stages.push(stage);
    if (!cursor.takeIf('|')) return { pipeline: { kind: 'pipeline', stages } };
    cursor.countOperator();
  }
}

/** `by(…)`, `coalesce()`, `select(…)`. */
function parseWordStage(cursor: TokenCursor): Stage | undefined {
  const token = cursor.peek();
  if (token.kind !== 'word') return undefined;
  if (token.text === 'by') {
    cursor.take();
    cursor.expect('(');
    const expression = parseCondition(cursor);
    const { to } = cursor.expect(')');
    return { kind: 'by', expression, at: { from: token.from, to } };
  }
  if (token.text === 'coalesce') {
    cursor.take();
    cursor.expect('(');
    cursor.expect(')');
    return { kind: 'coalesce' };
  }
  if (token.text !== 'select') return undefined;
  cursor.take();
  cursor.expect('(');
  const fields = [parseField(cursor)];
  while (cursor.takeIf(',')) fields.push(parseField(cursor));
  cursor.expect(')', '"," or ")"');
  return { kind: 'select', fields };
}

function parseItem(cursor: TokenCursor, above: number): Item {
  let left = parseOperand(cursor);
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'symbol') return left;
    const binding = BINDING.get(token.text);
    // A comparison behind metrics is a threshold on their series.
    if (binding === undefined || binding <= above || (left.is === 'metrics' && COMPARISONS.has(token.text))) return left;
    cursor.take();
    cursor.countOperator();
    const right = cursor.nested(() => parseItem(cursor, binding));
    left = combine(token.text, token, left, right);
  }
}

function combine(operator: string, at: Position, left: Item, right: Item): Item {
  const where = span(positioned(left), positioned(right));
  if (left.is === 'spanset' && right.is === 'spanset' && SPANSET_OPERATORS.has(operator)) {
    return { is: 'spanset', node: { kind: 'spansets', operator: operator as SpansetOperator, left: left.node, right: right.node, at: where } };
  }
  if (left.is === 'scalar' && right.is === 'scalar') {
    if (COMPARISONS.has(operator)) return { is: 'filter', node: { kind: 'scalar-filter', operator: operator as ScalarFilter['operator'], left: left.node, right: right.node, at: where } };
    if (/^[-+*/%^]$/.test(operator)) return { is: 'scalar', node: { kind: 'scalar-arithmetic', operator: operator as ArithmeticOperator, left: left.node, right: right.node, at: where } };
  }
  const arithmetic = { '+': '+', '-': '-', '*': '*', '/': '/' } as const;
  const symbol = operator in arithmetic ? arithmetic[operator as keyof typeof arithmetic] : undefined;
  if ((left.is === 'metrics' || right.is === 'metrics') && symbol !== undefined && left.is !== 'filter' && left.is !== 'spanset' && right.is !== 'filter' && right.is !== 'spanset') {
    const node: MetricsArithmetic = { kind: 'metrics-arithmetic', operator: symbol, left: left.node satisfies MetricsOperand, right: right.node satisfies MetricsOperand, at: where };
    return { is: 'metrics', node };
  }
  throw new ParseFault(`"${operator}" cannot stand between ${NAMES[left.is]} and ${NAMES[right.is]}`, at);
}
const NAMES: Readonly<Record<Item['is'], string>> = { spanset: 'spans', scalar: 'a number', filter: 'a comparison', metrics: 'metrics' };

function parseOperand(cursor: TokenCursor): Item {
  const token = cursor.peek();
  if (token.kind === 'symbol' && token.text === '{') return { is: 'spanset', node: parseFilter(cursor) };
  if (token.kind === 'symbol' && token.text === '(') {
    cursor.take();
    const content = cursor.nested(() => parseContent(cursor));
    const { to } = cursor.expect(')', '"|", an operator or ")"');
    if (content.scalar !== undefined) return { is: 'scalar', node: content.scalar };
    if (content.metrics?.kind === 'metrics-arithmetic') return { is: 'metrics', node: content.metrics };
    if (content.metrics !== undefined) return { is: 'metrics', node: { kind: 'metrics-query', pipeline: content.pipeline, stage: { ...content.metrics, at: { from: token.from, to } } } };
    const [only, ...more] = content.pipeline.stages;
    return { is: 'spanset', node: more.length === 0 && only !== undefined && isSpanset(only) ? only : content.pipeline };
  }
  if (token.kind === 'symbol' && token.text === '-') {
    cursor.take();
    const number = takeNumber(cursor, token.from);
    if (number === undefined) throw cursor.expected('a number');
    return { is: 'scalar', node: number };
  }
  if (token.kind === 'word') {
    const name = AGGREGATES.find((a) => a === token.text);
    if (name !== undefined) return { is: 'scalar', node: parseAggregate(cursor, name) };
  }
  // Of the words that stand for a value, minInt and maxInt are numbers; check.ts says so of the others.
  const value = parseStatic(cursor);
  if (value !== undefined) return { is: 'scalar', node: value };
  throw cursor.expected('spans in braces such as { status = error }, or count() and other aggregates');
}

function parseAggregate(cursor: TokenCursor, name: Aggregate['function']): Aggregate {
  const { from } = cursor.take();
  cursor.expect('(');
  const of = cursor.isSymbol(')') ? undefined : parseCondition(cursor);
  const { to } = cursor.expect(')');
  return { kind: 'aggregate', function: name, ...(of === undefined ? {} : { of }), at: { from, to } };
}

/** `with (exemplars = true, sample = 0.1)`. */
function parseHints(cursor: TokenCursor): Readonly<Record<string, Static>> {
  cursor.take();
  cursor.expect('(');
  const hints = new Map<string, Static>();
  do {
    const name = cursor.peek();
    if (name.kind !== 'word') throw cursor.expected('the name of a hint, such as exemplars');
    cursor.take();
    cursor.expect('=');
    const minus = cursor.peek();
    const value = cursor.takeIf('-') ? takeNumber(cursor, minus.from) : parseStatic(cursor);
    if (value === undefined) throw cursor.expected('a value such as true or 0.1');
    hints.set(name.text, value.value);
  } while (cursor.takeIf(','));
  cursor.expect(')', '"," or ")"');
  return Object.fromEntries(hints);
}

function everything(): Pipeline {
  return { kind: 'pipeline', stages: [{ kind: 'filter' }] };
}

function isSpanset(stage: Stage): stage is SpansetExpression {
  return stage.kind === 'filter' || stage.kind === 'spansets' || stage.kind === 'pipeline';
}

function positioned(item: Item): { readonly kind: string; readonly at?: Position } {
  const { node } = item;
  if (node.kind === 'metrics-query') return { kind: node.kind, at: atOf(node) };
  return node.kind === 'pipeline' ? { kind: node.kind, ...firstAt(node) } : node;
}

function firstAt(pipeline: Pipeline): { readonly at: Position } | undefined {
  const [first] = pipeline.stages;
  return first !== undefined && 'at' in first && first.at !== undefined ? { at: first.at } : undefined;
}

function atOf(node: MetricsQuery | MetricsArithmetic): Position {
  return (node.kind === 'metrics-query' ? node.stage.at : node.at) ?? { from: 0, to: 0 };
}

