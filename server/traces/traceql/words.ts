import type { Aggregate, AttributeScope, IntrinsicName, MetricsStage, Static } from './ast.ts';

/** Scopes that an attribute may be looked for in, as they are written before the dot. */
export const ATTRIBUTE_SCOPES: readonly AttributeScope[] = ['span', 'resource', 'event', 'link', 'instrumentation'];

/** Intrinsics by the names they are printed with. */
export const INTRINSIC_NAMES: readonly IntrinsicName[] = [
  'span:name', 'span:duration', 'span:kind', 'span:status', 'span:statusMessage', 'span:id', 'span:parentID', 'span:childCount',
  'trace:id', 'trace:duration', 'trace:rootName', 'trace:rootService',
  'event:name', 'event:timeSinceStart', 'link:traceID', 'link:spanID', 'instrumentation:name', 'instrumentation:version',
  'nestedSetLeft', 'nestedSetRight', 'nestedSetParent',
];

/** Names without a scope, from before there were scoped ones, and what they mean. */
export const BARE_INTRINSICS: ReadonlyMap<string, IntrinsicName> = new Map<string, IntrinsicName>([
  ['name', 'span:name'],
  ['duration', 'span:duration'],
  ['kind', 'span:kind'],
  ['status', 'span:status'],
  ['statusMessage', 'span:statusMessage'],
  ['traceDuration', 'trace:duration'],
  ['rootName', 'trace:rootName'],
  ['rootServiceName', 'trace:rootService'],
  ['nestedSetLeft', 'nestedSetLeft'],
  ['nestedSetRight', 'nestedSetRight'],
  ['nestedSetParent', 'nestedSetParent'],
]);

export type IntrinsicType = 'string' | 'int' | 'duration' | 'status' | 'kind';
/** What each intrinsic's value is. */
export const INTRINSIC_TYPES: Readonly<Record<IntrinsicName, IntrinsicType>> = {
  'span:name': 'string',
  'span:duration': 'duration',
  'span:kind': 'kind',
  'span:status': 'status',
  'span:statusMessage': 'string',
  'span:id': 'string',
  'span:parentID': 'string',
  'span:childCount': 'int',
  'trace:id': 'string',
  'trace:duration': 'duration',
  'trace:rootName': 'string',
  'trace:rootService': 'string',
  'event:name': 'string',
  'event:timeSinceStart': 'duration',
  'link:traceID': 'string',
  'link:spanID': 'string',
  'instrumentation:name': 'string',
  'instrumentation:version': 'string',
  nestedSetLeft: 'int',
  nestedSetRight: 'int',
  nestedSetParent: 'int',
};

/** Those that a span may be without; comparing the others with nil is a mistake. */
export const ABSENT_INTRINSICS: ReadonlySet<IntrinsicName> = new Set<IntrinsicName>(['span:parentID', 'trace:rootName', 'trace:rootService', 'event:name', 'event:timeSinceStart', 'link:traceID', 'link:spanID', 'instrumentation:version']);

export const AGGREGATES: readonly Aggregate['function'][] = ['count', 'min', 'max', 'sum', 'avg'];
export const METRICS_FUNCTIONS: readonly MetricsStage['function'][] = [
  'rate', 'count_over_time', 'min_over_time', 'max_over_time', 'avg_over_time', 'sum_over_time', 'quantile_over_time', 'histogram_over_time', 'compare',
];

export const MAX_INT = 2n ** 63n - 1n;
export const MIN_INT = -(2n ** 63n);

/** Words that stand for a value. */
export const STATIC_WORDS: ReadonlyMap<string, Static> = new Map<string, Static>([
  ['nil', { type: 'nil' }],
  ['true', { type: 'bool', value: true }],
  ['false', { type: 'bool', value: false }],
  ['minInt', { type: 'int', value: MIN_INT }],
  ['maxInt', { type: 'int', value: MAX_INT }],
  ...(['unset', 'ok', 'error'] as const).map((value): [string, Static] => [value, { type: 'status', value }]),
  ...(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const).map((value): [string, Static] => [value, { type: 'kind', value }]),
]);
