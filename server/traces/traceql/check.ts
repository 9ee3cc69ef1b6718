import { compileRegex } from '#mesh-core/domain/decide/compile-regex.ts';
import type { Attribute, BinaryExpression, FieldExpression, Intrinsic, MetricsOperand, MetricsStage, Pipeline, Position, ScalarExpression, ScalarFilter, SecondStage, SpansetExpression, Static, TraceQl } from './ast.ts';
import type { TraceQlFault } from './cursor.ts';
import { parseTraceQl } from './parse.ts';
import { printCondition, printField } from './print.ts';
import { ABSENT_INTRINSICS, INTRINSIC_TYPES } from './words.ts';

/** What a query is for: traces and spans, or series over time. */
export type TraceQlUse = 'search' | 'metrics';
export type ReadTraceQl = { readonly ok: true; readonly query: TraceQl } | { readonly ok: false; readonly faults: readonly TraceQlFault[] };

/** Reads a query and checks it; with faults it has at least one. */
export function readTraceQl(text: string, use: TraceQlUse): ReadTraceQl {
  const parsed = parseTraceQl(text);
  if (!parsed.ok) return { ok: false, faults: [parsed.fault] };
  const faults = checkTraceQl(parsed.query, use);
  return faults.length === 0 ? { ok: true, query: parsed.query } : { ok: false, faults };
}

/**
 * Everything in a query that can never be right, by its types: each fault with its place (0 to 0 in a query made by
 * hand). An attribute may have any type, so only what is known is told. Regular expressions must compile as Go's do.
 */
export function checkTraceQl(query: TraceQl, use: TraceQlUse): readonly TraceQlFault[] {
  const checker = new Checker();
  const { metrics } = query;
  if (use === 'search' && metrics !== undefined) checker.fault('this measures spans over time; a search ends before it: leave out the metrics function', metrics.at);
  if (use === 'metrics' && metrics === undefined) checker.fault('nothing is measured: end the query with a metrics function such as | rate()', undefined);
  checker.pipeline(query.pipeline);
  if (metrics?.kind === 'metrics-arithmetic') checker.operand(metrics);
  else if (metrics !== undefined) checker.metrics(metrics);
  for (const stage of query.second ?? []) checker.second(stage, metrics);
  return checker.faults;
}

type Type = 'string' | 'number' | 'bool' | 'status' | 'kind' | 'nil' | 'any';
const TYPE_NAMES: Readonly<Record<Type, string>> = { string: 'a text', number: 'a number', bool: 'true or false', status: 'a status', kind: 'a kind', nil: 'nil', any: 'a value' };

class Checker {
  readonly faults: TraceQlFault[] = [];

  fault(message: string, at: Position | undefined): void {
    this.faults.push({ message, from: at?.from ?? 0, to: at?.to ?? 0 });
  }

  pipeline(pipeline: Pipeline): void {
    if (pipeline.stages.length === 0) this.fault('a pipeline has no stage', undefined);
    for (const stage of pipeline.stages) {
      if (stage.kind === 'scalar-filter') this.scalarFilter(stage);
      else if (stage.kind === 'by') {
        this.type(stage.expression);
        if (!looksAtSpans(stage.expression)) this.fault('by() needs an attribute or an intrinsic to group by', stage.at);
      } else if (stage.kind === 'select') {
        if (stage.fields.length === 0) this.fault('select() needs an attribute', undefined);
      } else if (stage.kind !== 'coalesce') this.spanset(stage);
    }
  }

  spanset(node: SpansetExpression): void {
    if (node.kind === 'pipeline') this.pipeline(node);
    else if (node.kind === 'spansets') {
      this.spanset(node.left);
      this.spanset(node.right);
    } else if (node.condition !== undefined) {
      const type = this.type(node.condition);
      if (type !== 'bool' && type !== 'any') this.fault(`a condition is true or false, this is ${TYPE_NAMES[type]}${node.condition.kind === 'attribute' || node.condition.kind === 'intrinsic' ? `: compare it, such as ${printField(node.condition)} != nil` : ''}`, atOf(node.condition));
    }
  }

  scalarFilter({ operator, left, right, at }: ScalarFilter): void {
    if (operator === '=~' || operator === '!~') this.fault('numbers are not compared with a regular expression', at);
    this.scalar(left);
    this.scalar(right);
    if (!hasAggregate(left) && !hasAggregate(right)) this.fault('neither side looks at the spans: use count() or another aggregate', at);
  }

  scalar(node: ScalarExpression): void {
    if (node.kind === 'static') this.wants('number', staticType(node.value), node.at);
    else if (node.kind === 'scalar-arithmetic') {
      this.scalar(node.left);
      this.scalar(node.right);
    } else if (node.function === 'count') {
      if (node.of !== undefined) this.fault('count() takes nothing between its brackets; put the condition in braces before it: { … } | count()', node.at);
    } else this.measured(`${node.function}()`, node.of, node.at);
  }

  metrics(stage: MetricsStage): void {
    const { function: called, of, at } = stage;
    if (called === 'compare') {
      if (stage.compare === undefined) this.fault('compare() needs the spans to compare with the rest, in braces', at);
      else {
        this.spanset(stage.compare.selection);
        const { top, startUnixNano, endUnixNano } = stage.compare;
        if (top < 1 || top > 1000) this.fault('compare() gives from 1 to 1000 values of each attribute', at);
        if (startUnixNano !== undefined && endUnixNano !== undefined && startUnixNano >= endUnixNano) this.fault('the selection of compare() ends before it starts', at);
      }
    } else if (called === 'rate' || called === 'count_over_time') {
      if (of !== undefined) this.fault(`${called}() takes nothing between its brackets`, at);
    } else this.measured(`${called}()`, of, at);
    if (called === 'quantile_over_time') {
      if ((stage.quantiles ?? []).length === 0) this.fault('quantile_over_time() needs quantiles behind the attribute, such as quantile_over_time(duration, 0.95)', at);
      if ((stage.quantiles ?? []).some((q) => !(q >= 0 && q <= 1))) this.fault('a quantile is from 0 to 1', at);
    }
  }

  operand(node: MetricsOperand): void {
    if (node.kind === 'metrics-query') {
      this.pipeline(node.pipeline);
      this.metrics(node.stage);
      if (node.stage.function === 'compare') this.fault('compare() cannot be part of arithmetic', node.stage.at);
    } else if (node.kind === 'metrics-arithmetic') {
      this.operand(node.left);
      this.operand(node.right);
    } else {
      this.scalar(node);
      if (hasAggregate(node)) this.fault('an aggregate over a trace cannot be part of arithmetic of metrics', atOf(node));
      if (node.kind === 'static' && node.value.type === 'duration') this.fault('a duration cannot be part of arithmetic of metrics: write seconds as a number', node.at);
    }
  }

  second(stage: SecondStage, metrics: TraceQl['metrics']): void {
    const at = metrics?.at;
    if (metrics === undefined) this.fault('topk(), bottomk() and thresholds stand behind a metrics function', at);
    else if (metrics.kind === 'metrics' && metrics.function === 'compare') this.fault('nothing can stand behind compare()', at);
    if (stage.kind !== 'threshold' && !(stage.limit >= 1)) this.fault(`${stage.kind}() keeps at least one series`, at);
  }

  /** The argument of a function that measures something. */
  measured(called: string, of: FieldExpression | undefined, at: Position | undefined): void {
    if (of === undefined) {
      this.fault(`${called} needs what to measure, such as duration`, at);
      return;
    }
    this.wants('number', this.type(of), atOf(of));
    if (!looksAtSpans(of)) this.fault(`${called} needs an attribute or an intrinsic`, atOf(of) ?? at);
  }

  wants(wanted: Type, type: Type, at: Position | undefined): void {
    if (type !== wanted && type !== 'any') this.fault(`expected ${TYPE_NAMES[wanted]}, this is ${TYPE_NAMES[type]}`, at);
  }

  /** The type of a condition's part; what is wrong within it is noted on the way. */
  type(node: FieldExpression): Type {
    switch (node.kind) {
      case 'static':
        return staticType(node.value);
      case 'attribute':
        return 'any';
      case 'intrinsic':
        return intrinsicType(node);
      case 'jaeger-tag':
        return 'bool';
      case 'unary': {
        const wanted = node.operator === '!' ? 'bool' : 'number';
        this.wants(wanted, this.type(node.of), atOf(node.of));
        return wanted;
      }
      case 'binary':
        return this.binary(node);
    }
  }

  binary(node: BinaryExpression): Type {
    const { operator, left, right } = node;
    const leftType = this.type(left);
    const rightType = this.type(right);
    if (operator === '&&' || operator === '||') {
      this.wants('bool', leftType, atOf(left));
      this.wants('bool', rightType, atOf(right));
      return 'bool';
    }
    if (/^[-+*/%^]$/.test(operator)) {
      this.wants('number', leftType, atOf(left));
      this.wants('number', rightType, atOf(right));
      return 'number';
    }
    this.comparison(node, leftType, rightType);
    return 'bool';
  }

  comparison(node: BinaryExpression, leftType: Type, rightType: Type): void {
    const { operator, left, right, at } = node;
    const fields = fieldsOf(node);
    if (fields.some((f) => itemOwnerOf(f) === 'event') && fields.some((f) => itemOwnerOf(f) === 'link')) this.fault('events and links are not compared with each other', at);
    if (operator === '=~' || operator === '!~') {
      this.wants('string', leftType, atOf(left));
      if (right.kind !== 'static' || right.value.type !== 'string') this.fault('a regular expression is a text in quotes', atOf(right) ?? at);
      else if (compileRegex(right.value.value) === undefined) this.fault("this is no regular expression of Go's (RE2) syntax", right.at);
      return;
    }
    if (leftType === 'nil' || rightType === 'nil') {
      if (operator !== '=' && operator !== '!=') this.fault('nil is compared with = or != only', at);
      const always = [left, right].find((side) => side.kind === 'intrinsic' && side.parent !== true && !ABSENT_INTRINSICS.has(side.name));
      if (always !== undefined) this.fault(`every span has ${printCondition(always)}: it is never nil`, at);
      return;
    }
    if (leftType !== 'any' && rightType !== 'any' && leftType !== rightType) {
      this.fault(`${printCondition(left)} is ${TYPE_NAMES[leftType]} and ${printCondition(right)} is ${TYPE_NAMES[rightType]}: they can never compare${hint(leftType, right)}`, at);
      return;
    }
    const type = leftType === 'any' ? rightType : leftType;
    if (operator !== '=' && operator !== '!=' && (type === 'bool' || type === 'status' || type === 'kind')) this.fault(`${TYPE_NAMES[type]} is compared with = or != only`, at);
  }
}

/** Most people who write a status, a kind or a duration in quotes mean the word. */
function hint(leftType: Type, right: FieldExpression): string {
  if (right.kind !== 'static' || right.value.type !== 'string') return '';
  return leftType === 'status' || leftType === 'kind' || leftType === 'number' ? `; write ${right.value.value} without quotes` : '';
}

function staticType(value: Static): Type {
  return value.type === 'int' || value.type === 'float' || value.type === 'duration' ? 'number' : value.type;
}

function intrinsicType({ name }: Intrinsic): Type {
  const type = INTRINSIC_TYPES[name];
  return type === 'int' || type === 'duration' ? 'number' : type;
}

function hasAggregate(node: ScalarExpression): boolean {
  return node.kind === 'aggregate' || (node.kind === 'scalar-arithmetic' && (hasAggregate(node.left) || hasAggregate(node.right)));
}

/** Every attribute and intrinsic that a condition names, in order. */
export function fieldsOf(node: FieldExpression): readonly (Attribute | Intrinsic)[] {
  switch (node.kind) {
    case 'attribute':
    case 'intrinsic':
      return [node];
    case 'unary':
      return fieldsOf(node.of);
    case 'binary':
      return [...fieldsOf(node.left), ...fieldsOf(node.right)];
    default:
      return [];
  }
}

/** Whose a field is of which a span may have many. */
export function itemOwnerOf(field: Attribute | Intrinsic): 'event' | 'link' | undefined {
  const scope = field.kind === 'attribute' ? field.scope : field.name.slice(0, field.name.indexOf(':'));
  return scope === 'event' || scope === 'link' ? scope : undefined;
}

function looksAtSpans(node: FieldExpression): boolean {
  return node.kind === 'jaeger-tag' || fieldsOf(node).length > 0;
}

function atOf(node: FieldExpression | ScalarExpression): Position | undefined {
  return node.kind === 'jaeger-tag' ? undefined : node.at;
}
