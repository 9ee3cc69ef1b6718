import { compare, joined } from '#server/traces/jaeger-api/jaeger-search.ts';
import { narrowSearch } from '#server/adapters/jaeger/narrow-search.ts';
import type { AttributeScope, BinaryExpression, FieldExpression, JaegerTag, SpansetExpression, Static, TraceQl } from '#server/traces/traceql/ast.ts';
import { lowerToTempo } from '#server/traces/traceql/lower-to-tempo.ts';
import { printPipeline } from '#server/traces/traceql/print.ts';
import { stripPositions } from '#server/traces/traceql/strip-positions.ts';

/** What a Tempo is asked in place of a query, best first: `first` finds its traces and few others, `simple` more, which any version can evaluate. */
export interface TempoQueries {
  readonly first: string;
  readonly simple: string;
  /** Parts of the query that are not in `first`. */
  readonly here: readonly string[];
}

const SCOPES: readonly AttributeScope[] = ['span', 'resource', 'event', 'link', 'instrumentation'];
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;
const NOTHING: FieldExpression = { kind: 'static', value: { type: 'bool', value: false } };

/**
 * A query as text for Tempo. Jaeger's tags, which TraceQL has no word for, become the same search at every scope and as
 * every type; a comparison with a number is made for both kinds of numbers. `select` is left out, because traces are
 * fetched whole, and so is what Tempo does not know or answers otherwise (lower-to-tempo.ts). `simple` keeps service, name
 * and duration.
 */
export function tempoQueries(query: TraceQl): TempoQueries {
  const { pipeline } = stripPositions(query);
  const stages = pipeline.stages.filter((stage) => stage.kind !== 'select').map((stage) => (stage.kind === 'filter' || stage.kind === 'spansets' || stage.kind === 'pipeline' ? withoutTags(stage) : stage));
  const { search } = narrowSearch(query);
  const conditions: FieldExpression[] = [
    ...(search.service === undefined ? [] : [compare({ kind: 'attribute', scope: 'resource', key: 'service.name' }, '=', { type: 'string', value: search.service })]),
    ...(search.operation === undefined ? [] : [compare({ kind: 'intrinsic', name: 'span:name' }, '=', { type: 'string', value: search.operation })]),
    ...(search.minDurationNano === undefined ? [] : [compare({ kind: 'intrinsic', name: 'span:duration' }, '>=', { type: 'duration', value: search.minDurationNano })]),
    ...(search.maxDurationNano === undefined ? [] : [compare({ kind: 'intrinsic', name: 'span:duration' }, '<=', { type: 'duration', value: search.maxDurationNano })]),
  ];
  const condition = joined(conditions, '&&');
  // The names without a scope, which every version of Tempo knows.
  const simple = printPipeline({ kind: 'pipeline', stages: [{ kind: 'filter', ...(condition === undefined ? {} : { condition }) }] }).replaceAll(/\bspan:(name|duration)\b/g, '$1');
  const { pipeline: first, here } = lowerToTempo({ kind: 'pipeline', stages });
  return { first: printPipeline(first), simple, here };
}

function withoutTags(expression: SpansetExpression): SpansetExpression {
  switch (expression.kind) {
    case 'filter':
      return expression.condition === undefined ? expression : { kind: 'filter', condition: conditionWithoutTags(expression.condition) };
    case 'spansets':
      return { ...expression, left: withoutTags(expression.left), right: withoutTags(expression.right) };
    case 'pipeline':
      return { ...expression, stages: expression.stages.map((stage) => (stage.kind === 'filter' || stage.kind === 'spansets' || stage.kind === 'pipeline' ? withoutTags(stage) : stage)) };
  }
}

function conditionWithoutTags(e: FieldExpression, negated = false): FieldExpression {
  switch (e.kind) {
    case 'jaeger-tag':
      return tagCondition(e);
    case 'binary': {
      const inWords = { ...e, left: conditionWithoutTags(e.left, negated), right: conditionWithoutTags(e.right, negated) };
      // What is negated is not asked for, and told as it was written.
      return negated ? inWords : ofBothNumbers(inWords);
    }
    case 'unary':
      return { ...e, of: conditionWithoutTags(e.of, true) };
    default:
      return e;
  }
}

/** A comparison of an attribute with a number is made for whole and for broken ones: Tempo compares those of the literal's kind only. */
function ofBothNumbers(e: BinaryExpression): FieldExpression {
  const turned = e.left.kind === 'static';
  const [at, value] = turned ? [e.right, e.left] : [e.left, e.right];
  if (at.kind !== 'attribute' || value.kind !== 'static') return e;
  const other = otherNumber(value.value, turned ? (TURNED[e.operator] ?? e.operator) : e.operator);
  if (other === undefined) return e;
  const right: FieldExpression = { kind: 'static', value: other };
  return { kind: 'binary', operator: '||', left: e, right: turned ? { ...e, left: right } : { ...e, right } };
}

const TURNED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The number of the other kind that an attribute of that kind compares with in the same way; undefined when there is none. */
function otherNumber(value: Static, operator: string): Static | undefined {
  if (value.type === 'int') return { type: 'float', value: Number(value.value) };
  if (value.type !== 'float' || !Number.isFinite(value.value) || Math.abs(value.value) > Number.MAX_SAFE_INTEGER) return undefined;
  if (operator === '=' && !Number.isInteger(value.value)) return undefined;
  return { type: 'int', value: BigInt(operator === '<' || operator === '>=' ? Math.ceil(value.value) : Math.floor(value.value)) };
}

/** Some level has the key with the value, of whatever type it is; special keys as Jaeger has them. */
function tagCondition({ key, value }: JaegerTag): FieldExpression {
  const text: Static = { type: 'string', value };
  const lower = value.toLowerCase();
  if (key === 'error') return compare({ kind: 'intrinsic', name: 'span:status' }, /^(1|t|true)$/i.test(value) ? '=' : '!=', { type: 'status', value: 'error' });
  if (key === 'span.kind') return known(KINDS, lower, (kind) => compare({ kind: 'intrinsic', name: 'span:kind' }, '=', { type: 'kind', value: kind }));
  if (key === 'span.status') return known(STATUSES, lower, (status) => compare({ kind: 'intrinsic', name: 'span:status' }, '=', { type: 'status', value: status }));
  if (key === 'scope.name') return compare({ kind: 'intrinsic', name: 'instrumentation:name' }, '=', text);
  if (key === 'scope.version') return compare({ kind: 'intrinsic', name: 'instrumentation:version' }, '=', text);
  const scopes: readonly AttributeScope[] = key.startsWith('resource.') ? ['resource'] : SCOPES;
  const name = key.startsWith('resource.') ? key.slice('resource.'.length) : key;
  const number: Static[] = /^-?\d{1,18}$/.test(value) ? [{ type: 'int', value: BigInt(value) }] : /^-?\d+\.\d+(e[-+]?\d+)?$/.test(value) ? [{ type: 'float', value: Number(value) }] : [];
  const values: Static[] = [text, ...number, ...(value === 'true' || value === 'false' ? [{ type: 'bool', value: value === 'true' } as const] : [])];
  return joined(scopes.flatMap((scope) => values.map((wanted) => compare({ kind: 'attribute', scope, key: name }, '=', wanted))), '||') ?? NOTHING;
}

function known<T extends string>(words: readonly T[], value: string, condition: (word: T) => FieldExpression): FieldExpression {
  const word = words.find((w) => w === value);
  return word === undefined ? NOTHING : condition(word);
}
