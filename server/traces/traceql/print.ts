import type { Attribute, FieldExpression, Intrinsic, MetricsArithmetic, MetricsOperand, MetricsStage, Pipeline, ScalarExpression, SecondStage, SpansetExpression, Stage, Static, TraceQl } from './ast.ts';
import { fieldBinding, UNARY_BINDING } from './parse-field.ts';
import { outerBinding } from './parse.ts';
import { quoteName, quoteText } from './quoted.ts';
import { ATTRIBUTE_SCOPES, MAX_INT, MIN_INT } from './words.ts';

/**
 * A query as its canonical text: reading it gives the same query again, without positions. Of a `jaeger-tag`, which has
 * no TraceQL, it prints what people can read but the parser does not (`jaeger:tag("key", "value")`).
 */
export function printTraceQl(query: TraceQl): string {
  const body = query.metrics?.kind === 'metrics-arithmetic' ? printArithmetic(query.metrics) : [printPipeline(query.pipeline), ...(query.metrics === undefined ? [] : [printMetrics(query.metrics)])].join(' | ');
  const second = (query.second ?? []).map(printSecond).join('');
  const hints = Object.entries(query.hints ?? {}).map(([name, value]) => `${name} = ${printStatic(value)}`);
  return `${body}${second}${hints.length === 0 ? '' : ` with (${hints.join(', ')})`}`;
}

/** Stages with `|` between them. */
export function printPipeline(pipeline: Pipeline): string {
  return pipeline.stages.map(printStage).join(' | ');
}

function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'scalar-filter':
      return `${printScalar(stage.left, 2)} ${stage.operator} ${printScalar(stage.right, 2, true)}`;
    case 'by':
      return `by(${printCondition(stage.expression)})`;
    case 'coalesce':
      return 'coalesce()';
    case 'select':
      return `select(${stage.fields.map(printField).join(', ')})`;
    default:
      return printSpanset(stage, 0);
  }
}

function printSpanset(node: SpansetExpression, above: number, onRight = false): string {
  if (node.kind === 'pipeline') return `(${printPipeline(node)})`;
  if (node.kind === 'filter') return node.condition === undefined ? '{ }' : `{ ${printCondition(node.condition)} }`;
  const binding = outerBinding(node.operator);
  return inBrackets(binding < above || (onRight && binding === above), `${printSpanset(node.left, binding)} ${node.operator} ${printSpanset(node.right, binding, true)}`);
}

/** `count()`, `avg(duration)` and arithmetic of them: also the name under which a scalar filter leaves its value. */
export function printScalar(node: ScalarExpression, above = 0, onRight = false): string {
  if (node.kind === 'static') return printStatic(node.value);
  if (node.kind === 'aggregate') return `${node.function}(${node.of === undefined ? '' : printCondition(node.of)})`;
  const binding = outerBinding(node.operator);
  return inBrackets(binding < above || (binding === above && onRight), `${printScalar(node.left, binding, false)} ${node.operator} ${printScalar(node.right, binding, true)}`);
}

/** A condition without its braces. */
export function printCondition(node: FieldExpression): string {
  return printExpression(node, 0, false);
}

function printExpression(node: FieldExpression, above: number, onRight: boolean): string {
  switch (node.kind) {
    case 'static':
      // A sign beside a power is read as that of the power, on its right too when another power follows.
      return inBrackets(above >= (fieldBinding('^') ?? 0) && isNegative(node.value), printStatic(node.value));
    case 'attribute':
    case 'intrinsic':
      return printField(node);
    case 'jaeger-tag':
      return `jaeger:tag(${quoteText(node.key)}, ${quoteText(node.value)})`;
    case 'unary': {
      // A sign before a number would be read as part of it.
      const of = printExpression(node.of, UNARY_BINDING, false);
      return inBrackets(UNARY_BINDING <= above, `${node.operator}${inBrackets(node.operator === '-' && /^[\d-]/.test(of), of)}`);
    }
    case 'binary': {
      const binding = fieldBinding(node.operator) ?? 0;
      const text = `${printExpression(node.left, binding, false)} ${node.operator} ${printExpression(node.right, binding, true)}`;
      return inBrackets(binding < above || (binding === above && onRight), text);
    }
  }
}

/** `span.http.route`, `.a`, `parent.resource."a b"`, `span:name`. */
export function printField(field: Attribute | Intrinsic): string {
  const parent = field.parent === true ? 'parent.' : '';
  if (field.kind === 'intrinsic') return field.name.includes(':') ? `${parent}${field.name}` : field.name;
  const { scope, key } = field;
  const scopeless = scope === undefined && (parent === '' ? /^\d/.test(key) : ATTRIBUTE_SCOPES.some((s) => key.startsWith(`${s}.`)) || /^[\p{L}_][\p{L}\p{Nd}_]*:/u.test(key));
  const name = scopeless || !/^[^\s{}()=~!<>&|^,"`\\]+$/.test(key) ? quoteName(key) : key;
  return `${parent}${scope ?? ''}${scope === undefined && parent !== '' ? '' : '.'}${name}`;
}

/** A value as it is written. Numbers must be finite. */
export function printStatic(value: Static): string {
  switch (value.type) {
    case 'nil':
      return 'nil';
    case 'string':
      return quoteText(value.value);
    case 'int':
      return value.value === MAX_INT ? 'maxInt' : value.value === MIN_INT ? 'minInt' : String(value.value);
    case 'float': {
      const text = Object.is(value.value, -0) ? '-0' : String(value.value);
      return /[.e]/.test(text) ? text : `${text}.0`;
    }
    case 'duration':
      return printDuration(value.value);
    default:
      return String(value.value);
  }
}

/** Nanoseconds in the largest unit that gives a whole number. */
export function printDuration(nanos: bigint): string {
  const [unit, size] = DURATION_UNITS.find(([, s]) => nanos % s === 0n) ?? ['ns', 1n];
  return nanos === 0n ? '0s' : `${nanos / size}${unit}`;
}
const DURATION_UNITS: readonly (readonly [string, bigint])[] = [['h', 3_600_000_000_000n], ['m', 60_000_000_000n], ['s', 1_000_000_000n], ['ms', 1_000_000n], ['us', 1_000n], ['ns', 1n]];

/** A metrics function with its arguments and groups. */
export function printMetrics(stage: MetricsStage): string {
  if (stage.compare !== undefined) {
    const { selection, top, startUnixNano, endUnixNano } = stage.compare;
    const times = startUnixNano === undefined || endUnixNano === undefined ? '' : `, ${startUnixNano}, ${endUnixNano}`;
    return `compare(${printSpanset(selection, 0)}${top === 10 && times === '' ? '' : `, ${top}`}${times})`;
  }
  const of = stage.of === undefined ? [] : [printCondition(stage.of)];
  const by = stage.by.length === 0 ? '' : ` by(${stage.by.map(printField).join(', ')})`;
  return `${stage.function}(${[...of, ...(stage.quantiles ?? []).map(printNumber)].join(', ')})${by}`;
}

function printArithmetic(node: MetricsArithmetic, above = 0, onRight = false): string {
  const binding = outerBinding(node.operator);
  return inBrackets(binding < above || (onRight && binding === above), `${printOperand(node.left, binding, false)} ${node.operator} ${printOperand(node.right, binding, true)}`);
}

function printOperand(node: MetricsOperand, above: number, onRight: boolean): string {
  if (node.kind === 'metrics-query') return `(${printPipeline(node.pipeline)} | ${printMetrics(node.stage)})`;
  if (node.kind === 'metrics-arithmetic') return printArithmetic(node, above, onRight);
  return inBrackets(node.kind === 'static' && isNegative(node.value), printScalar(node, above, onRight));
}

function printSecond(stage: SecondStage): string {
  return stage.kind === 'threshold' ? ` ${stage.operator} ${printNumber(stage.value)}` : ` | ${stage.kind}(${stage.limit})`;
}

function printNumber(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : printStatic({ type: 'float', value });
}

function isNegative(value: Static): boolean {
  return ((value.type === 'int' || value.type === 'duration') && value.value < 0n) || (value.type === 'float' && (value.value < 0 || Object.is(value.value, -0)));
}

function inBrackets(needed: boolean, text: string): string {
  return needed ? `(${text})` : text;
}
