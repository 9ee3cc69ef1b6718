/**
 * A TraceQL query as data (grafana.com/docs/tempo/latest/traceql). Plain values only, so that it passes between threads.
 * Positions are offsets into the text the query was parsed from; they are absent in queries made by hand.
 */
export interface TraceQl {
  readonly pipeline: Pipeline;
  /** A metrics query: what is counted or measured over time. Arithmetic has its pipelines within it; `pipeline` is then `{ }`. */
  readonly metrics?: MetricsStage | MetricsArithmetic;
  readonly second?: readonly SecondStage[];
  readonly hints?: Readonly<Record<string, Static>>;
}

/** `{ … } | count() > 2 | select(.a)`; the first stage works on all spans of a trace as one spanset, each further one on the spansets before it. */
export interface Pipeline {
  readonly kind: 'pipeline';
  readonly stages: readonly Stage[];
}

export type Stage = SpansetExpression | ScalarFilter | GroupBy | Coalesce | Select;

export type SpansetExpression = SpansetFilter | SpansetOperation | Pipeline;
/** `{ condition }`; `{ }` takes every span. */
export interface SpansetFilter {
  readonly kind: 'filter';
  readonly condition?: FieldExpression;
  readonly at?: Position;
}
/** Structural: `>` child of, `>>` descendant of, `<` parent of, `<<` ancestor of, `~` sibling of; `!…` no such; `&…` both sides. */
export type SpansetOperator = '&&' | '||' | '>' | '>>' | '<' | '<<' | '~' | '!>' | '!>>' | '!<' | '!<<' | '!~' | '&>' | '&>>' | '&<' | '&<<' | '&~';
export interface SpansetOperation {
  readonly kind: 'spansets';
  readonly operator: SpansetOperator;
  readonly left: SpansetExpression;
  readonly right: SpansetExpression;
  readonly at?: Position;
}

/** `count() > 2`, `avg(duration) > 20ms`, `max(.a) - min(.a) >= 3`. */
export interface ScalarFilter {
  readonly kind: 'scalar-filter';
  readonly operator: ComparisonOperator;
  readonly left: ScalarExpression;
  readonly right: ScalarExpression;
  readonly at?: Position;
}
export type ScalarExpression = StaticExpression | Aggregate | ScalarArithmetic;
export interface ScalarArithmetic {
  readonly kind: 'scalar-arithmetic';
  readonly operator: ArithmeticOperator;
  readonly left: ScalarExpression;
  readonly right: ScalarExpression;
  readonly at?: Position;
}
export interface Aggregate {
  readonly kind: 'aggregate';
  readonly function: 'count' | 'min' | 'max' | 'sum' | 'avg';
  /** Of `count` there is none. */
  readonly of?: FieldExpression;
  readonly at?: Position;
}
export interface GroupBy {
  readonly kind: 'by';
  readonly expression: FieldExpression;
  readonly at?: Position;
}
export interface Coalesce {
  readonly kind: 'coalesce';
}
export interface Select {
  readonly kind: 'select';
  readonly fields: readonly (Attribute | Intrinsic)[];
}

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';
export type FieldExpression =
  | StaticExpression
  | Attribute
  | Intrinsic
  | BinaryExpression
  | UnaryExpression
  | JaegerTag;
export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: ComparisonOperator | ArithmeticOperator | '&&' | '||';
  readonly left: FieldExpression;
  readonly right: FieldExpression;
  readonly at?: Position;
}
export interface UnaryExpression {
  readonly kind: 'unary';
  readonly operator: '!' | '-';
  readonly of: FieldExpression;
  readonly at?: Position;
}

/** An attribute; without a scope it is the span's, or else the resource's. `parent` looks at the span's parent. */
export interface Attribute {
  readonly kind: 'attribute';
  readonly scope?: AttributeScope;
  readonly parent?: boolean;
  readonly key: string;
  readonly at?: Position;
}
export type AttributeScope = 'span' | 'resource' | 'event' | 'link' | 'instrumentation';

export interface Intrinsic {
  readonly kind: 'intrinsic';
  readonly name: IntrinsicName;
  readonly parent?: boolean;
  readonly at?: Position;
}
/** By the scoped names; the bare ones of old (`duration`, `rootServiceName`) are read as these. */
export type IntrinsicName =
  | 'span:name' | 'span:duration' | 'span:kind' | 'span:status' | 'span:statusMessage' | 'span:id' | 'span:parentID' | 'span:childCount'
  | 'trace:id' | 'trace:duration' | 'trace:rootName' | 'trace:rootService'
  | 'event:name' | 'event:timeSinceStart' | 'link:traceID' | 'link:spanID' | 'instrumentation:name' | 'instrumentation:version'
  | 'nestedSetLeft' | 'nestedSetRight' | 'nestedSetParent';

export interface StaticExpression {
  readonly kind: 'static';
  readonly value: Static;
  readonly at?: Position;
}
export type Static =
  | { readonly type: 'nil' }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  /** Nanoseconds. */
  | { readonly type: 'duration'; readonly value: bigint }
  | { readonly type: 'status'; readonly value: 'unset' | 'ok' | 'error' }
  | { readonly type: 'kind'; readonly value: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer' };

/**
 * What Jaeger calls a tag, which TraceQL has no word for: the key is found on the span, its resource, scope, events or
 * links with that value, both as text; special keys as Jaeger has them (core/search-terms.ts). Only made by code: the
 * parser never gives it.
 */
export interface JaegerTag {
  readonly kind: 'jaeger-tag';
  readonly key: string;
  readonly value: string;
}

export interface MetricsStage {
  readonly kind: 'metrics';
  readonly function: 'rate' | 'count_over_time' | 'min_over_time' | 'max_over_time' | 'avg_over_time' | 'sum_over_time' | 'quantile_over_time' | 'histogram_over_time' | 'compare';
  readonly of?: FieldExpression;
  readonly by: readonly (Attribute | Intrinsic)[];
  /** Of `quantile_over_time`, each 0..1. */
  readonly quantiles?: readonly number[];
  /** Of `compare`: the spans to set against the rest, how many values of each attribute, and the time range of the selection. */
  readonly compare?: { readonly selection: SpansetFilter; readonly top: number; readonly startUnixNano?: bigint; readonly endUnixNano?: bigint };
  readonly at?: Position;
}
/** `({ status = error } | rate()) / ({ } | rate()) * 100`. */
export interface MetricsArithmetic {
  readonly kind: 'metrics-arithmetic';
  readonly operator: '+' | '-' | '*' | '/';
  readonly left: MetricsOperand;
  readonly right: MetricsOperand;
  readonly at?: Position;
}
/** Scalars have no aggregates here, only numbers. */
export type MetricsOperand = MetricsQuery | MetricsArithmetic | ScalarExpression;
export interface MetricsQuery {
  readonly kind: 'metrics-query';
  readonly pipeline: Pipeline;
  readonly stage: MetricsStage;
}
/** On the finished series; a threshold written as a duration is in seconds, as the values are. */
export type SecondStage = { readonly kind: 'topk' | 'bottomk'; readonly limit: number } | { readonly kind: 'threshold'; readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='; readonly value: number };

/** Offsets into the text, end exclusive. */
export interface Position {
  readonly from: number;
  readonly to: number;
}
