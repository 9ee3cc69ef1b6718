import type { AttributeScope, ComparisonOperator, FieldExpression, IntrinsicName, Static } from '../traceql/ast.ts';
import { compare, joined } from './jaeger-search.ts';
import { malformed, readGoDuration } from './read-parameters.ts';

/** Deeper trees are refused: the reader below goes down as deep as they are. */
export const MAX_FILTER_DEPTH = 32;
const NAME = 'query.filter';
const LEVELS: Readonly<Record<string, AttributeScope>> = { span: 'span', resource: 'resource', scope: 'instrumentation', event: 'event', link: 'link' };
const FIELDS: Readonly<Record<string, IntrinsicName>> = {
  'span.name': 'span:name',
  'span.kind': 'span:kind',
  'span.duration': 'span:duration',
  'span.status': 'span:status',
  'span.statusMessage': 'span:statusMessage',
  'span.spanID': 'span:id',
  'span.traceID': 'trace:id',
  'span.parentSpanID': 'span:parentID',
  'scope.name': 'instrumentation:name',
  'scope.version': 'instrumentation:version',
  'event.name': 'event:name',
  'event.timeSinceStart': 'event:timeSinceStart',
  'link.traceID': 'link:traceID',
  'link.spanID': 'link:spanID',
};
const COMPARISONS: Readonly<Record<string, ComparisonOperator>> = { eq: '=', ne: '!=', gt: '>', lt: '<', gte: '>=', lte: '<=', regex: '=~' };
const STATUSES = ['unset', 'ok', 'error'] as const;
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** Places a value is looked for; any of them may hold it. */
interface Reference {
  readonly at: readonly FieldExpression[];
  readonly field?: string;
}
type Json = Readonly<Record<string, unknown>>;

/**
 * API v3's structured filter (Jaeger RFC 0005: `{op, args}` over `attr`, `field`, `scalar`, `list`, `call`, `nested`) as a
 * condition on one span. A comparison with a value that is absent is false, and only `not` turns that round. Throws
 * ServerError `bad-request` for what is malformed, and for what TraceQL cannot say: times of spans and events, trace
 * state, schema URLs, and `some` with more than one comparison (both on the same event or link).
 */
export function readFilter(text: string): FieldExpression {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw malformed(NAME, error instanceof Error ? error.message : String(error));
  }
  return readFilterTree(json);
}

/** The same of the tree that such a text holds. */
export function readFilterTree(tree: unknown): FieldExpression {
  return readCall(object(tree, 'the filter'), 1);
}

function readCall(call: Json, depth: number): FieldExpression {
  if (depth > MAX_FILTER_DEPTH) throw malformed(NAME, `it is nested deeper than ${MAX_FILTER_DEPTH}`);
  const op = call['op'];
  const args = call['args'] ?? [];
  if (typeof op !== 'string') throw malformed(NAME, 'a call has no "op"');
  if (!Array.isArray(args)) throw malformed(NAME, `"args" of ${op} is not a list`);
  const terms = args.map((arg) => object(arg, `an argument of ${op}`));
  const [first, second] = terms;
  switch (op) {
    case 'and':
    case 'or': {
      const parts = joined(terms.map((term) => predicate(term, op, depth)), op === 'and' ? '&&' : '||');
      if (parts === undefined || terms.length < 2) throw malformed(NAME, `${op} takes two or more predicates`);
      return parts;
    }
    case 'not':
      if (first === undefined || second !== undefined) throw malformed(NAME, 'not takes one predicate');
      return { kind: 'unary', operator: '!', of: predicate(first, op, depth) };
    case 'exists':
      if (first === undefined || second !== undefined) throw malformed(NAME, 'exists takes one reference');
      return anyOf(reference(first, op), (at) => compare(at, '!=', { type: 'nil' }));
    case 'in':
    case 'not_in':
      return membership(first, second, op, terms.length);
    case 'some':
      return quantified(first, second, terms.length, depth);
  }
  const operator = Object.hasOwn(COMPARISONS, op) ? COMPARISONS[op] : undefined;
  if (operator === undefined) throw malformed(NAME, `unknown operator "${op}"`);
  if (first === undefined || second === undefined || terms.length > 2) throw malformed(NAME, `${op} takes two arguments`);
  return comparison(operator, first, second, op);
}

function comparison(operator: ComparisonOperator, first: Json, second: Json, op: string): FieldExpression {
  const subject = reference(first, op);
  if (second['attr'] !== undefined || second['field'] !== undefined) {
    const other = reference(second, op);
    return anyOf(subject, (at) => anyOf(other, (right) => present({ kind: 'binary', operator, left: at, right }, at, operator)));
  }
  const scalar = object(second['scalar'], `the second argument of ${op}`);
  return anyOf(subject, (at) => valueComparison(at, operator, textOf(scalar['value']), scalar['type'], subject.field));
}

/** A comparison of one place with a value, as every type that the value may be meant as. */
function valueComparison(at: FieldExpression, operator: ComparisonOperator, value: string, type: unknown, field: string | undefined): FieldExpression {
  if (operator === '=~') return compare(at, '=~', { type: 'string', value: `[\\s\\S]*(?:${value})[\\s\\S]*` });
  const statics = field === undefined ? typedValues(value, type) : [fieldValue(field, value)];
  // Of a value without a type: numbers are ordered as numbers, all else as text.
  const ordered = operator === '=' || operator === '!=' ? statics : statics.slice(-1);
  const each = ordered.map((wanted) => compare(at, operator, wanted));
  return present(joined(each, operator === '!=' ? '&&' : '||') ?? at, at, operator);
}

/** An absent value is not unequal to anything. */
function present(condition: FieldExpression, at: FieldExpression, operator: ComparisonOperator): FieldExpression {
  return operator === '!=' ? { kind: 'binary', operator: '&&', left: condition, right: compare(at, '!=', { type: 'nil' }) } : condition;
}

function typedValues(value: string, type: unknown): Static[] {
  const number: Static | undefined = /^[-+]?\d{1,18}$/.test(value) ? { type: 'int', value: BigInt(value) } : value.trim() !== '' && Number.isFinite(Number(value)) ? { type: 'float', value: Number(value) } : undefined;
  const flag: Static | undefined = value === 'true' || value === 'false' ? { type: 'bool', value: value === 'true' } : undefined;
  switch (type ?? '') {
    case '':
      return [{ type: 'string', value }, ...(flag === undefined ? [] : [flag]), ...(number === undefined ? [] : [number])];
    case 'string':
      return [{ type: 'string', value }];
    case 'int':
    case 'double':
      if (number === undefined) throw malformed(NAME, `filter constant "${value}" is not the "${String(type)}" it declares`);
      return [number];
    case 'bool':
      if (flag === undefined) throw malformed(NAME, `filter constant "${value}" is not the "bool" it declares`);
      return [flag];
  }
  throw malformed(NAME, `filter constant "${value}" declares the unknown type "${String(type)}"`);
}

function fieldValue(field: string, value: string): Static {
  if (field === 'span.duration' || field === 'event.timeSinceStart') return { type: 'duration', value: readGoDuration({ name: NAME, value }) };
  if (field === 'span.status') return { type: 'status', value: word(STATUSES, field, value) };
  if (field === 'span.kind') return { type: 'kind', value: word(KINDS, field, value) };
  return { type: 'string', value };
}

function word<T extends string>(words: readonly T[], field: string, value: string): T {
  const known = words.find((w) => w === value);
  if (known === undefined) throw malformed(NAME, `${field} is one of ${words.join(', ')}, not "${value}"`);
  return known;
}

function membership(first: Json | undefined, second: Json | undefined, op: 'in' | 'not_in', count: number): FieldExpression {
  if (first === undefined || second === undefined || count > 2) throw malformed(NAME, `${op} takes a reference and a list`);
  const list = object(second['list'], `the second argument of ${op}`);
  const values = list['values'];
  if (!Array.isArray(values) || values.length === 0) throw malformed(NAME, `the list of ${op} is empty`);
  const subject = reference(first, op);
  return anyOf(subject, (at) => {
    const each = values.map((value) => valueComparison(at, op === 'in' ? '=' : '!=', textOf(value), list['type'], subject.field));
    return joined(each, op === 'in' ? '||' : '&&') ?? at;
  });
}

/** `some` over one comparison says the same as the comparison alone: some event has it. */
function quantified(first: Json | undefined, second: Json | undefined, count: number, depth: number): FieldExpression {
  if (first === undefined || second === undefined || count > 2) throw malformed(NAME, 'some takes a collection and a predicate');
  const level = object(first['nested'], 'the first argument of some')['level'];
  if (level !== 'event' && level !== 'link') throw malformed(NAME, 'some is over events or links');
  const call = object(second['call'], 'the second argument of some');
  if (call['op'] === 'and' || call['op'] === 'or' || call['op'] === 'not' || call['op'] === 'some') throw malformed(NAME, `some with more than one comparison is not supported: ${level}s are looked at one comparison at a time`);
  return readCall(call, depth + 1);
}

function predicate(term: Json, op: string, depth: number): FieldExpression {
  return readCall(object(term['call'], `an argument of ${op}`), depth + 1);
}

function reference(term: Json, op: string): Reference {
  if (term['attr'] !== undefined) {
    const { key, level } = object(term['attr'], 'attr');
    const name = textOf(key);
    if (level === undefined || level === '') return { at: [{ kind: 'attribute', scope: 'span', key: name }, { kind: 'attribute', scope: 'resource', key: name }] };
    const scope = typeof level === 'string' && Object.hasOwn(LEVELS, level) ? LEVELS[level] : undefined;
    if (scope === undefined) throw malformed(NAME, `unknown level "${String(level)}"`);
    return { at: [{ kind: 'attribute', scope, key: name }] };
  }
  const { name, level } = object(term['field'], `an argument of ${op}`);
  const field = `${String(level)}.${String(name)}`;
  if (field === 'resource.service') return { at: [{ kind: 'attribute', scope: 'resource', key: 'service.name' }] };
  const intrinsic = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  if (intrinsic === undefined) throw malformed(NAME, `the field ${field} cannot be searched`);
  return { at: [{ kind: 'intrinsic', name: intrinsic }], field };
}

function anyOf({ at }: Reference, condition: (at: FieldExpression) => FieldExpression): FieldExpression {
  const [first, ...rest] = at.map(condition);
  if (first === undefined) throw malformed(NAME, 'a reference names nothing');
  return joined([first, ...rest], '||') ?? first;
}

function object(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(NAME, `${what} is not what it should be: an object was expected`);
  // Safe because every field of it is looked at before it is used.
  return value as Json;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw malformed(NAME, 'keys and values are strings');
  return value;
}
