import type { Attribute, ComparisonOperator, FieldExpression, Intrinsic, IntrinsicName, Static, TraceQl } from '#server/traces/traceql/ast.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';

/** What a condition, a facet or a column is about. */
export type Field = Attribute | Intrinsic;

/** A query that takes every span. */
export const EVERYTHING: TraceQl = { pipeline: { kind: 'pipeline', stages: [{ kind: 'filter' }] } };

/** `span:duration` and the like. */
export function intrinsic(name: IntrinsicName): Intrinsic {
  return { kind: 'intrinsic', name };
}

/** `resource.service.name`; without a scope the span's, or else the resource's. */
export function attribute(key: string, scope?: Attribute['scope']): Attribute {
  return scope === undefined ? { kind: 'attribute', key } : { kind: 'attribute', scope, key };
}

/** `field operator value`. */
export function compares(field: Field, operator: ComparisonOperator, value: Static): FieldExpression {
  return { kind: 'binary', operator, left: field, right: { kind: 'static', value } };
}

/** The expressions joined by `&&` (or `||`), left to right; `undefined` for none. */
export function joined(operator: '&&' | '||', expressions: readonly FieldExpression[]): FieldExpression | undefined {
  return expressions.reduce<FieldExpression | undefined>((left, right) => (left === undefined ? right : { kind: 'binary', operator, left, right }), undefined);
}

/** The parts of `a && b && …` (or `||`), left to right; a condition that is no such chain is its only part. */
export function partsOf(operator: '&&' | '||', expression: FieldExpression | undefined): readonly FieldExpression[] {
  const parts: FieldExpression[] = [];
  const open = expression === undefined ? [] : [expression];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === 'binary' && next.operator === operator) open.push(next.right, next.left);
    else parts.push(next);
  }
  return parts;
}

/** Do both name the same? */
export function sameField(a: FieldExpression, b: FieldExpression): boolean {
  if (a.kind === 'attribute' && b.kind === 'attribute') return a.key === b.key && a.scope === b.scope && (a.parent ?? false) === (b.parent ?? false);
  return a.kind === 'intrinsic' && b.kind === 'intrinsic' && a.name === b.name && (a.parent ?? false) === (b.parent ?? false);
}

/** Same type and value. */
export function sameStatic(a: Static, b: Static): boolean {
  return a.type === b.type && (a.type === 'nil' || b.type === 'nil' || a.value === b.value);
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;

/** A value that the API gave for `field`, as a query writes it; `undefined` for lists, maps and what is no status or kind. */
export function staticOf(field: Field, value: AttributeValue): Static | undefined {
  if (field.kind === 'intrinsic' && field.name === 'span:kind') {
    const kind = KINDS.find((name) => name === value);
    return kind === undefined ? undefined : { type: 'kind', value: kind };
  }
  if (field.kind === 'intrinsic' && field.name === 'span:status') {
    const status = STATUSES.find((name) => name === value);
    return status === undefined ? undefined : { type: 'status', value: status };
  }
  if (value === null) return { type: 'nil' };
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value !== 'number') return undefined;
  if (field.kind === 'intrinsic' && (field.name === 'span:duration' || field.name === 'trace:duration')) return { type: 'duration', value: BigInt(Math.round(value)) };
  return Number.isSafeInteger(value) ? { type: 'int', value: BigInt(value) } : { type: 'float', value };
}

/** An attribute value as text for people; lists and maps as JSON. */
export function valueText(value: AttributeValue): string {
  return typeof value === 'string' ? value : value === null ? 'nil' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
