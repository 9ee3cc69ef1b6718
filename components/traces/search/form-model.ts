import { parseDurationText } from '#server/traces/core/duration-text.ts';
import type { SpanKind, SpanStatus } from '#server/traces/trace-backend.ts';
import type { AttributeInfo } from '#server/traces/trace-questions.ts';
import type { ComparisonOperator, FieldExpression, ScalarFilter, Stage, Static, TraceQl } from '#server/traces/traceql/ast.ts';
import { printField } from '#server/traces/traceql/print.ts';
import { attribute, compares, intrinsic, sameField, type Field } from './conditions.ts';
import { openConditions, withOpenConditions } from './query-edits.ts';

/** One condition on an attribute, as the form shows it. */
export interface AttributeCondition {
  readonly field: Field;
  readonly operator: ComparisonOperator;
  readonly value: Static;
}
/** What the form shows of a query. */
export interface QueryForm {
  readonly service: string | undefined;
  readonly operation: string | undefined;
  readonly kind: SpanKind | undefined;
  readonly status: SpanStatus | undefined;
  /** Nanoseconds, inclusive. */
  readonly min: bigint | undefined;
  readonly max: bigint | undefined;
  /** Fewest matching spans of a trace. */
  readonly spans: number | undefined;
  readonly attributes: readonly AttributeCondition[];
  /** The query has parts that the form does not show. They stay when the form changes. */
  readonly more: boolean;
}

const SERVICE = attribute('service.name', 'resource');
const SLOTS = {
  service: { field: SERVICE, operator: '=', type: 'string' },
  operation: { field: intrinsic('span:name'), operator: '=', type: 'string' },
  kind: { field: intrinsic('span:kind'), operator: '=', type: 'kind' },
  status: { field: intrinsic('span:status'), operator: '=', type: 'status' },
  min: { field: intrinsic('span:duration'), operator: '>=', type: 'duration' },
  max: { field: intrinsic('span:duration'), operator: '<=', type: 'duration' },
} as const satisfies Record<string, { readonly field: Field; readonly operator: ComparisonOperator; readonly type: Static['type'] }>;
type Slot = keyof typeof SLOTS;
const SLOT_NAMES = Object.keys(SLOTS) as readonly Slot[];

/** Reads a query into the form. What it cannot show is told by `more`. */
export function formOf(query: TraceQl): QueryForm {
  const conditions = openConditions(query);
  const slots = new Map(SLOT_NAMES.map((slot) => [slot, conditions.find((condition) => fills(condition, slot))] as const));
  const taken = new Set(slots.values());
  const rest = conditions.filter((condition) => !taken.has(condition));
  const attributes = rest.flatMap((condition) => attributeCondition(condition) ?? []);
  const count = query.pipeline.stages.find(isSpanCount);
  const plainStages = query.pipeline.stages[0]?.kind === 'filter' && query.pipeline.stages.slice(1).every((stage) => stage === count);
  const valueOf = (slot: Slot): Static | undefined => {
    const condition = slots.get(slot);
    return condition?.kind === 'binary' && condition.right.kind === 'static' ? condition.right.value : undefined;
  };
  const text = (slot: 'service' | 'operation'): string | undefined => {
    const value = valueOf(slot);
    return value?.type === 'string' ? value.value : undefined;
  };
  const nanos = (slot: 'min' | 'max'): bigint | undefined => {
    const value = valueOf(slot);
    return value?.type === 'duration' ? value.value : undefined;
  };
  const [kind, status] = [valueOf('kind'), valueOf('status')];
  return {
    service: text('service'),
    operation: text('operation'),
    kind: kind?.type === 'kind' ? kind.value : undefined,
    status: status?.type === 'status' ? status.value : undefined,
    min: nanos('min'),
    max: nanos('max'),
    spans: count?.right.kind === 'static' && count.right.value.type === 'int' ? Number(count.right.value.value) : undefined,
    attributes,
    more: attributes.length < rest.length || !plainStages || query.metrics !== undefined || query.second !== undefined || query.hints !== undefined,
  };
}

/** The query with one field of the form changed; `undefined` empties it. All else stays where it is. */
export function withSlot(query: TraceQl, slot: Slot, value: Static | undefined): TraceQl {
  const { field, operator } = SLOTS[slot];
  return replaced(query, (condition) => fills(condition, slot), value === undefined ? undefined : compares(field, operator, value));
}

/** With a condition on an attribute in the place of the `index`-th of the form; without an index one more; `undefined` takes it away. */
export function withAttribute(query: TraceQl, index: number | undefined, next: AttributeCondition | undefined): TraceQl {
  const target = index === undefined ? undefined : formOf(query).attributes[index];
  const wanted = next === undefined ? undefined : compares(next.field, next.operator, next.value);
  const key = target === undefined ? undefined : conditionKey(target);
  return replaced(query, (condition) => {
    const found = attributeCondition(condition);
    return found !== undefined && key !== undefined && conditionKey(found) === key;
  }, wanted);
}

/** With at least so many matching spans in each trace; `undefined`: any number. */
export function withSpanCount(query: TraceQl, least: number | undefined): TraceQl {
  const { stages } = query.pipeline;
  const at = stages.findIndex(isSpanCount);
  const filter: ScalarFilter | undefined = least === undefined ? undefined : { kind: 'scalar-filter', operator: '>=', left: { kind: 'aggregate', function: 'count' }, right: { kind: 'static', value: { type: 'int', value: BigInt(least) } } };
  const without: readonly Stage[] = at === -1 ? stages : stages.toSpliced(at, 1);
  const place = at === -1 ? Math.min(stages.length, 1) : at;
  return { ...query, pipeline: { ...query.pipeline, stages: filter === undefined ? without : without.toSpliced(place, 0, filter) } };
}

/** A value as it was typed for a field, by the types that the field has; `nil`, and texts in quotes, are taken by their word. */
export function readValue(typed: string, field: Field, known: readonly AttributeInfo[]): Static {
  const text = typed.trim();
  if (text === 'nil') return { type: 'nil' };
  const quoted = /^"(.*)"$/s.exec(text)?.[1];
  if (quoted !== undefined) return { type: 'string', value: quoted };
  const types = field.kind === 'attribute' ? known.filter((info) => info.key === field.key && (field.scope === undefined ? info.scope === 'span' || info.scope === 'resource' : info.scope === field.scope)).flatMap((info) => info.types) : [];
  if (types.length > 0 && types.every((type) => type === 'string')) return { type: 'string', value: text };
  if (/^-?\d{1,18}$/.test(text)) return { type: 'int', value: BigInt(text) };
  if (/^-?\d+\.\d+$/.test(text)) return { type: 'float', value: Number(text) };
  if (text === 'true' || text === 'false') return { type: 'bool', value: text === 'true' };
  const duration = field.kind === 'intrinsic' && /duration|timeSinceStart/i.test(field.name) ? parseDurationText(text) : undefined;
  return duration?.ok === true ? { type: 'duration', value: duration.value } : { type: 'string', value: text };
}

function fills(condition: FieldExpression, slot: Slot): boolean {
  const { field, operator, type } = SLOTS[slot];
  return condition.kind === 'binary' && condition.operator === operator && condition.right.kind === 'static' && condition.right.value.type === type && sameField(condition.left, field);
}

function attributeCondition(condition: FieldExpression): AttributeCondition | undefined {
  if (condition.kind !== 'binary' || condition.right.kind !== 'static' || !isComparison(condition.operator)) return undefined;
  const { left, operator, right } = condition;
  return left.kind === 'attribute' || left.kind === 'intrinsic' ? { field: left, operator, value: right.value } : undefined;
}

function conditionKey({ field, operator, value }: AttributeCondition): string {
  return `${printField(field)} ${operator} ${value.type} ${value.type === 'nil' ? '' : String(value.value)}`;
}

function isComparison(operator: string): operator is ComparisonOperator {
  return ['=', '!=', '<', '<=', '>', '>=', '=~', '!~'].includes(operator);
}

function isSpanCount(stage: Stage): stage is ScalarFilter {
  return stage.kind === 'scalar-filter' && stage.operator === '>=' && stage.left.kind === 'aggregate' && stage.left.function === 'count' && stage.right.kind === 'static' && stage.right.value.type === 'int';
}

function replaced(query: TraceQl, is: (condition: FieldExpression) => boolean, next: FieldExpression | undefined): TraceQl {
  const now = openConditions(query);
  const at = now.findIndex(is);
  const put = next === undefined ? [] : [next];
  return withOpenConditions(query, at === -1 ? [...now, ...put] : now.toSpliced(at, 1, ...put));
}
