import type { JaegerSearch } from '#server/traces/jaeger-api/jaeger-search.ts';
import type { FieldExpression, Pipeline, SpansetExpression, Static, TraceQl } from '#server/traces/traceql/ast.ts';

/** What of a query Jaeger is asked for, and whether that is all of it. */
export interface NarrowedSearch {
  /** Some span of every trace that matches the query has all of this, and starts within the range of the query. */
  readonly search: Pick<JaegerSearch, 'service' | 'operation' | 'tags' | 'minDurationNano' | 'maxDurationNano'>;
  readonly whole: boolean;
}

type Search = { -readonly [K in keyof NarrowedSearch['search']]: NarrowedSearch['search'][K] };

/** Keys that Jaeger does not look up among attributes. */
const SPECIAL_KEYS = /^(error|span\.(kind|status)|scope\.(name|version)|resource\..*|internal\..*|otel\..*)$/;

/**
 * The narrowest search of Jaeger whose traces hold all that match a query. Jaeger knows one span's service, operation,
 * duration and tags, all compared as text; everything else (or, not, structure, absence, order, scopes, aggregates) is
 * left for the query itself, evaluated over what Jaeger gives.
 */
export function narrowSearch({ pipeline, metrics }: TraceQl): NarrowedSearch {
  if (metrics?.kind === 'metrics-arithmetic') return { search: {}, whole: false };
  const narrowed = ofPipeline(pipeline);
  return metrics === undefined ? narrowed : { ...narrowed, whole: false };
}

function ofPipeline({ stages: [first, ...rest] }: Pipeline): NarrowedSearch {
  if (first === undefined) return { search: {}, whole: true };
  if (first.kind !== 'filter' && first.kind !== 'spansets' && first.kind !== 'pipeline') return { search: {}, whole: false };
  const narrowed = ofSpansets(first);
  return { search: narrowed.search, whole: narrowed.whole && rest.every((stage) => stage.kind === 'select') };
}

function ofSpansets(expression: SpansetExpression): NarrowedSearch {
  switch (expression.kind) {
    case 'pipeline':
      return ofPipeline(expression);
    case 'filter':
      return expression.condition === undefined ? { search: {}, whole: true } : ofCondition(expression.condition);
    case 'spansets': {
      const right = ofSpansets(expression.right).search;
      // Of a structure the right side is the result, and it is the result that starts within the range.
      if (!/^(&&|\|\||&[><~].*)$/.test(expression.operator)) return { search: right, whole: false };
      return { search: common(ofSpansets(expression.left).search, right), whole: false };
    }
  }
}

/** What both sides ask for: some span of one or the other has it. */
function common(a: Search, b: Search): Search {
  return {
    ...(a.service !== undefined && a.service === b.service ? { service: a.service } : {}),
    ...(a.operation !== undefined && a.operation === b.operation ? { operation: a.operation } : {}),
  };
}

function ofCondition(condition: FieldExpression): NarrowedSearch {
  const search: Search = {};
  let whole = true;
  const left: FieldExpression[] = [condition];
  for (let e = left.pop(); e !== undefined; e = left.pop()) {
    if (e.kind === 'binary' && e.operator === '&&') left.push(e.right, e.left);
    else if (e.kind === 'static' && e.value.type === 'bool' && e.value.value) continue;
    else whole = take(search, e) && whole;
  }
  return { search, whole };
}

/** Takes a condition into the search when Jaeger can be asked for it; true when it says all that the condition says. */
function take(search: Search, e: FieldExpression): boolean {
  if (e.kind === 'jaeger-tag') return takeTag(search, e.key, e.value);
  if (e.kind !== 'binary') return false;
  const turned = e.left.kind === 'static';
  const [at, value] = turned ? [e.right, e.left] : [e.left, e.right];
  if (value.kind !== 'static') return false;
  const operator = turned ? (TURNED[e.operator] ?? e.operator) : e.operator;
  const wanted = value.value;
  if (at.kind === 'intrinsic' && at.parent !== true) {
    if (at.name === 'span:duration' && (wanted.type === 'duration' || wanted.type === 'int')) return takeDuration(search, operator, wanted.value);
    if (operator !== '=') return false;
    if (at.name === 'span:name' && wanted.type === 'string') return takeText(search, 'operation', wanted.value);
    if (at.name === 'span:kind' && wanted.type === 'kind' && wanted.value !== 'unspecified') return takeTag(search, 'span.kind', wanted.value);
    if (at.name === 'span:status' && wanted.type === 'status' && wanted.value === 'error') return takeTag(search, 'error', 'true');
    return false;
  }
  if (at.kind !== 'attribute' || at.parent === true || operator !== '=') return false;
  if (at.scope === 'resource' && at.key === 'service.name' && wanted.type === 'string' && wanted.value !== '') return takeText(search, 'service', wanted.value);
  if ((at.scope !== 'span' && at.scope !== 'resource') || SPECIAL_KEYS.test(at.key) || at.key === 'service.name') return false;
  const text = textOf(wanted);
  // Jaeger looks for it at every level and as text, so the query still has to be evaluated.
  if (text !== undefined) takeTag(search, at.key, text);
  return false;
}

const TURNED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function takeText(search: Search, key: 'service' | 'operation', value: string): boolean {
  if (search[key] !== undefined || value === '') return search[key] === value && value !== '';
  search[key] = value;
  return true;
}

function takeTag(search: Search, key: string, value: string): boolean {
  const known = search.tags?.[key];
  if (known !== undefined) return known === value;
  search.tags = { ...search.tags, [key]: value };
  return true;
}

function takeDuration(search: Search, operator: string, value: bigint): boolean {
  // Jaeger takes 0 for "not given".
  if (value <= 0n) return false;
  if (operator === '>=' || operator === '>') {
    if (search.minDurationNano === undefined || value > search.minDurationNano) search.minDurationNano = value;
    return operator === '>=';
  }
  if (operator === '<=' || operator === '<') {
    if (search.maxDurationNano === undefined || value < search.maxDurationNano) search.maxDurationNano = value;
    return operator === '<=';
  }
  return false;
}

/** How Jaeger writes a value as text; undefined where its stores do not agree. */
function textOf(value: Static): string | undefined {
  switch (value.type) {
    case 'string':
      return value.value === '' ? undefined : value.value;
    case 'bool':
    case 'int':
      return String(value.value);
    case 'float':
      return Number.isInteger(value.value) || /e/.test(String(value.value)) ? undefined : String(value.value);
    default:
      return undefined;
  }
}
