import { fc } from '#mesh-core/testing/property.ts';
import type { Attribute, FieldExpression, Intrinsic, MetricsArithmetic, MetricsOperand, MetricsStage, Pipeline, ScalarExpression, ScalarFilter, SpansetExpression, SpansetFilter, SpansetOperator, Stage, Static, TraceQl } from '../ast.ts';
import { ATTRIBUTE_SCOPES, INTRINSIC_NAMES } from '../words.ts';

/** Queries of any shape that the grammar has, types right or not: for what must hold of every query. */
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constantFrom('', 'a"b\\c', '\n\t\x01', '`', 'GET'));
const key = fc.oneof(fc.constantFrom('a', 'http.status_code', 'service.name', '5xx', 'span.x', 'x:y', 'a-b+c', ' ', 'a"b\\', '.', '`'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }));

export const anyStatic: fc.Arbitrary<Static> = fc.oneof(
  fc.constant<Static>({ type: 'nil' }),
  text.map((value): Static => ({ type: 'string', value })),
  fc.oneof(fc.bigInt({ min: -9n, max: 9n }), int64).map((value): Static => ({ type: 'int', value })),
  finite.map((value): Static => ({ type: 'float', value })),
  fc.boolean().map((value): Static => ({ type: 'bool', value })),
  fc.oneof(int64, fc.bigInt({ min: -99n, max: 99n }).map((n) => n * 1_000_000n)).map((value): Static => ({ type: 'duration', value })),
  fc.constantFrom('unset', 'ok', 'error').map((value): Static => ({ type: 'status', value })),
  fc.constantFrom('unspecified', 'internal', 'server', 'client', 'producer', 'consumer').map((value): Static => ({ type: 'kind', value })),
);
const parent = fc.constantFrom({}, {}, { parent: true });
export const anyField: fc.Arbitrary<Attribute | Intrinsic> = fc.oneof(
  fc.tuple(parent, fc.constantFrom(undefined, ...ATTRIBUTE_SCOPES), key).map(([p, scope, k]): Attribute => ({ kind: 'attribute', ...p, ...(scope === undefined ? {} : { scope }), key: k })),
  // The three without a scope have no way to be asked of a parent.
  fc.tuple(parent, fc.constantFrom(...INTRINSIC_NAMES)).map(([p, name]): Intrinsic => ({ kind: 'intrinsic', ...(name.includes(':') ? p : {}), name })),
);

export const anyCondition: fc.Arbitrary<FieldExpression> = fc.letrec<{ node: FieldExpression }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyField,
    anyStatic.map((value): FieldExpression => ({ kind: 'static', value })),
    fc.tuple(fc.constantFrom('!', '-'), tie('node')).map(([operator, of]): FieldExpression => ({ kind: 'unary', operator, of })),
    fc.tuple(fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '=~', '!~', '+', '-', '*', '/', '%', '^', '&&', '||'), tie('node'), tie('node')).map(([operator, left, right]): FieldExpression => ({ kind: 'binary', operator, left, right })),
  ),
})).node;

const number = anyStatic.filter((s) => s.type === 'int' || s.type === 'float' || s.type === 'duration');
const arithmetic = fc.constantFrom('+', '-', '*', '/', '%', '^');
const anyScalar: fc.Arbitrary<ScalarExpression> = fc.letrec<{ node: ScalarExpression }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    number.map((value): ScalarExpression => ({ kind: 'static', value })),
    fc.tuple(fc.constantFrom('count', 'min', 'max', 'sum', 'avg'), fc.option(anyCondition, { nil: undefined })).map(([name, of]): ScalarExpression => ({ kind: 'aggregate', function: name, ...(of === undefined ? {} : { of }) })),
    fc.tuple(arithmetic, tie('node'), tie('node')).map(([operator, left, right]): ScalarExpression => ({ kind: 'scalar-arithmetic', operator, left, right })),
  ),
})).node;
const anyConstant: fc.Arbitrary<ScalarExpression> = fc.letrec<{ node: ScalarExpression }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    number.map((value): ScalarExpression => ({ kind: 'static', value })),
    fc.tuple(arithmetic, tie('node'), tie('node')).map(([operator, left, right]): ScalarExpression => ({ kind: 'scalar-arithmetic', operator, left, right })),
  ),
})).node;

const anyFilter: fc.Arbitrary<SpansetFilter> = fc.option(anyCondition, { nil: undefined }).map((condition): SpansetFilter => ({ kind: 'filter', ...(condition === undefined ? {} : { condition }) }));
const operators: readonly SpansetOperator[] = ['&&', '||', '>', '>>', '<', '<<', '~', '!>', '!>>', '!<', '!<<', '!~', '&>', '&>>', '&<', '&<<', '&~'];
const fields = fc.array(anyField, { minLength: 1, maxLength: 3 });

const pipelines = fc.letrec<{ spanset: SpansetExpression; stage: Stage; bracketed: Pipeline; pipeline: Pipeline }>((tie) => ({
  spanset: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyFilter,
    fc.tuple(fc.constantFrom(...operators), tie('spanset'), tie('spanset')).map(([operator, left, right]): SpansetExpression => ({ kind: 'spansets', operator, left, right })),
    tie('bracketed'),
  ),
  stage: fc.oneof(
    { depthSize: 'small' },
    anyFilter,
    tie('spanset'),
    fc.tuple(fc.constantFrom('=', '!=', '<', '<=', '>', '>='), anyScalar, anyScalar).map(([operator, left, right]): ScalarFilter => ({ kind: 'scalar-filter', operator, left, right })),
    anyCondition.map((expression): Stage => ({ kind: 'by', expression })),
    fc.constant<Stage>({ kind: 'coalesce' }),
    fields.map((f): Stage => ({ kind: 'select', fields: f })),
  ),
  // Brackets around one expression are no pipeline.
  bracketed: fc.tuple(tie('stage'), fc.array(tie('stage'), { minLength: 1, maxLength: 2 })).map(([first, more]): Pipeline => ({ kind: 'pipeline', stages: [first, ...more] })),
  pipeline: fc.array(tie('stage'), { minLength: 1, maxLength: 3 }).map((stages): Pipeline => ({ kind: 'pipeline', stages })),
}));
export const anyPipeline = pipelines.pipeline;

const by = fc.oneof(fc.constant([]), fields);
export const anyMetrics: fc.Arbitrary<MetricsStage> = fc.oneof(
  fc.tuple(fc.constantFrom('rate', 'count_over_time'), by).map(([name, b]): MetricsStage => ({ kind: 'metrics', function: name, by: b })),
  fc.tuple(fc.constantFrom('min_over_time', 'max_over_time', 'avg_over_time', 'sum_over_time', 'histogram_over_time'), anyCondition, by).map(([name, of, b]): MetricsStage => ({ kind: 'metrics', function: name, of, by: b })),
  fc.tuple(anyCondition, by, fc.array(fc.double({ min: 0, max: 1, noNaN: true }).map((n) => n + 0), { maxLength: 3 })).map(([of, b, quantiles]): MetricsStage => ({ kind: 'metrics', function: 'quantile_over_time', of, by: b, quantiles })),
  fc
    .tuple(anyFilter, fc.integer({ min: 1, max: 1000 }), fc.option(fc.constant({ startUnixNano: 1n, endUnixNano: 2n }), { nil: undefined }))
    .map(([selection, top, times]): MetricsStage => ({ kind: 'metrics', function: 'compare', by: [], compare: { selection, top, ...times } })),
);
const anyMetricsArithmetic: fc.Arbitrary<MetricsArithmetic> = fc.letrec<{ query: MetricsOperand; node: MetricsArithmetic; operand: MetricsOperand }>((tie) => ({
  query: fc.oneof({ depthSize: 'small' }, fc.tuple(anyPipeline, anyMetrics).map(([pipeline, stage]): MetricsOperand => ({ kind: 'metrics-query', pipeline, stage })), tie('node')),
  operand: fc.oneof(tie('query'), anyConstant),
  node: fc
    .tuple(fc.constantFrom('+', '-', '*', '/'), tie('query'), tie('operand'), fc.boolean())
    .map(([operator, a, b, swap]): MetricsArithmetic => ({ kind: 'metrics-arithmetic', operator, left: swap ? b : a, right: swap ? a : b })),
})).node;

const second = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom('topk', 'bottomk'), fc.integer({ min: 1, max: 100 })).map(([kind, limit]) => ({ kind, limit }) as const),
    fc.tuple(fc.constantFrom('=', '!=', '<', '<=', '>', '>='), finite.map((n) => n + 0)).map(([operator, value]) => ({ kind: 'threshold', operator, value }) as const),
  ),
  { minLength: 1, maxLength: 2 },
);
const hints = fc.option(fc.dictionary(fc.constantFrom('exemplars', 'sample', 'most_recent'), anyStatic, { minKeys: 1 }), { nil: undefined }).map((h) => (h === undefined ? {} : { hints: Object.fromEntries(Object.entries(h)) }));
const everything: Pipeline = { kind: 'pipeline', stages: [{ kind: 'filter' }] };

export const anyQuery: fc.Arbitrary<TraceQl> = fc.oneof(
  fc.tuple(anyPipeline, hints).map(([pipeline, h]): TraceQl => ({ pipeline, ...h })),
  fc.tuple(anyPipeline, anyMetrics, fc.option(second, { nil: undefined }), hints).map(([pipeline, metrics, s, h]): TraceQl => ({ pipeline, metrics, ...(s === undefined ? {} : { second: s }), ...h })),
  fc.tuple(anyMetricsArithmetic, fc.option(second, { nil: undefined })).map(([metrics, s]): TraceQl => ({ pipeline: everything, metrics, ...(s === undefined ? {} : { second: s }) })),
);
