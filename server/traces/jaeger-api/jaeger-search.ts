import type { FieldExpression, Static, TraceQl } from '../traceql/ast.ts';

/** What Jaeger's search asks of one span of a trace; all of it must hold on the same span. Bounds inclusive, nanoseconds. */
export interface JaegerSearch {
  readonly service?: string;
  readonly operation?: string;
  /** Found on the span, its resource, scope, events or links; compared as text. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly minDurationNano?: bigint;
  readonly maxDurationNano?: bigint;
  /** Of API v3's structured filters. */
  readonly filter?: FieldExpression;
}

/** The name that spans without one have in lists of services (core/span-service.ts). */
const NO_SERVICE = 'unknown_service';

/** Jaeger's search as TraceQL: one filter with a condition for each part. Semantics: Jaeger's memory store (internal/storage/v2/memory). */
export function jaegerTraceQl(search: JaegerSearch): TraceQl {
  const { service, operation, tags = {}, minDurationNano, maxDurationNano, filter } = search;
  const conditions: FieldExpression[] = [
    ...(service === undefined ? [] : [serviceIs(service)]),
    ...(operation === undefined ? [] : [compare({ kind: 'intrinsic', name: 'span:name' }, '=', { type: 'string', value: operation })]),
    ...Object.entries(tags).map(([key, value]): FieldExpression => ({ kind: 'jaeger-tag', key, value })),
    ...(minDurationNano === undefined ? [] : [compare({ kind: 'intrinsic', name: 'span:duration' }, '>=', { type: 'duration', value: minDurationNano })]),
    ...(maxDurationNano === undefined ? [] : [compare({ kind: 'intrinsic', name: 'span:duration' }, '<=', { type: 'duration', value: maxDurationNano })]),
    ...(filter === undefined ? [] : [filter]),
  ];
  const condition = joined(conditions, '&&');
  return { pipeline: { kind: 'pipeline', stages: [{ kind: 'filter', ...(condition === undefined ? {} : { condition }) }] } };
}

/** Is the service of the span this one? */
export function serviceIs(name: string): FieldExpression {
  const key: FieldExpression = { kind: 'attribute', scope: 'resource', key: 'service.name' };
  const named = compare(key, '=', { type: 'string', value: name });
  if (name !== NO_SERVICE) return named;
  return either(either(named, compare(key, '=', { type: 'string', value: '' })), compare(key, '=', { type: 'nil' }));
}

/** `left operator value`. */
export function compare(left: FieldExpression, operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~', value: Static): FieldExpression {
  return { kind: 'binary', operator, left, right: { kind: 'static', value } };
}

/** All of them by `operator`; undefined for none. */
export function joined(conditions: readonly FieldExpression[], operator: '&&' | '||'): FieldExpression | undefined {
  return conditions.reduce<FieldExpression | undefined>((left, right) => (left === undefined ? right : { kind: 'binary', operator, left, right }), undefined);
}

function either(left: FieldExpression, right: FieldExpression): FieldExpression {
  return { kind: 'binary', operator: '||', left, right };
}
