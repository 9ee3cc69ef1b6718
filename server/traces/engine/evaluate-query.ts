import { messageOf, ServerError } from '#server/server-error.ts';
import { termOfTag, termsOfSource, termsOfSpan } from '#server/traces/core/search-terms.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { createSpanReader } from '#server/traces/segment/span-at.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { FieldExpression, SpansetExpression, TraceQl } from '#server/traces/traceql/ast.ts';
import { fieldColumn } from './field-column.ts';
import type { SpanSet } from './matched.ts';

type Test = (row: number) => boolean;
type Read = (row: number) => AttributeValue | bigint | undefined;

/** What a pipeline gives: a mask over rows where each trace has one spanset without attributes of its own, else spansets. */
export type Evaluated = { readonly kind: 'mask'; readonly mask: Uint8Array } | { readonly kind: 'sets'; readonly sets: readonly SpanSet[] };

/** Evaluates a query over the traces of a segment. ServerError `bad-request` for what is not evaluated. */
export function evaluateQuery({ pipeline }: TraceQl, segment: Segment): Evaluated {
  const [first, ...rest] = pipeline.stages;
  if (first === undefined || rest.some((stage) => stage.kind !== 'select')) throw notEvaluated('a pipeline of several stages');
  const test = first.kind === 'filter' || first.kind === 'spansets' ? testOf(segment, first) : undefined;
  if (test === undefined) throw notEvaluated(`the stage "${first.kind}"`);
  return { kind: 'mask', mask: Uint8Array.from({ length: segment.spanCount }, (_, row) => (test(row) ? 1 : 0)) };
}

function testOf(segment: Segment, expression: SpansetExpression): Test {
  if (expression.kind !== 'filter') throw notEvaluated('an operator between spansets');
  return expression.condition === undefined ? () => true : conditionTest(segment, expression.condition);
}

function conditionTest(segment: Segment, condition: FieldExpression): Test {
  if (condition.kind === 'jaeger-tag') return tagTest(segment, condition.key, condition.value);
  if (condition.kind !== 'binary') {
    const read = readerOf(segment, condition);
    return (row) => read(row) === true;
  }
  const { operator } = condition;
  if (operator === '&&' || operator === '||') {
    const left = conditionTest(segment, condition.left);
    const right = conditionTest(segment, condition.right);
    return operator === '&&' ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
  }
  const left = readerOf(segment, condition.left);
  const right = readerOf(segment, condition.right);
  const compare = comparison(operator);
  return (row) => compare(left(row), right(row));
}

function comparison(operator: string): (a: ReturnType<Read>, b: ReturnType<Read>) => boolean {
  switch (operator) {
    case '=':
      return (a, b) => a === b || (typeof a !== typeof b && typeof a !== 'string' && typeof b !== 'string' && a == b);
    case '!=':
      return (a, b) => (b === undefined ? a !== undefined : a !== undefined && a !== b);
    case '<':
      return (a, b) => order(a, b, (d) => d < 0);
    case '<=':
      return (a, b) => order(a, b, (d) => d <= 0);
    case '>':
      return (a, b) => order(a, b, (d) => d > 0);
    case '>=':
      return (a, b) => order(a, b, (d) => d >= 0);
    case '=~':
      return (a, b) => typeof a === 'string' && typeof b === 'string' && regex(b).test(a);
    case '!~':
      return (a, b) => typeof a === 'string' && typeof b === 'string' && !regex(b).test(a);
    default:
      throw notEvaluated(`the operator ${operator}`);
  }
}

function order(a: ReturnType<Read>, b: ReturnType<Read>, holds: (difference: number) => boolean): boolean {
  const isNumber = (x: ReturnType<Read>): x is number | bigint => typeof x === 'number' || typeof x === 'bigint';
  if ((isNumber(a) && isNumber(b)) || (typeof a === 'string' && typeof b === 'string')) return holds(a < b ? -1 : a > b ? 1 : 0);
  return false;
}

function regex(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch (error) {
    throw new ServerError('bad-request', `The regular expression cannot be read: ${messageOf(error)}.`);
  }
}

function readerOf(segment: Segment, expression: FieldExpression): Read {
  if (expression.kind === 'static') {
    const value = expression.value.type === 'nil' ? undefined : expression.value.value;
    return () => value;
  }
  if (expression.kind !== 'attribute' && expression.kind !== 'intrinsic') throw notEvaluated('arithmetic');
  const column = fieldColumn(segment, expression);
  return (row) => {
    const code = column.codeAt(row);
    return code === 0 ? undefined : column.values[code - 1];
  };
}

function tagTest(segment: Segment, key: string, value: string): Test {
  const wanted = termOfTag(key, value);
  const { spanAt } = createSpanReader(segment);
  return (row) => {
    const span = spanAt(row);
    return [...termsOfSpan(span), ...termsOfSource(span)].some(([k, v]) => k === wanted[0] && v === wanted[1]);
  };
}

function notEvaluated(what: string): ServerError {
  return new ServerError('bad-request', `The query has ${what}, which is not evaluated here.`, { hint: 'Filter by conditions in one pair of braces.' });
}
