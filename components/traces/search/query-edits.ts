import type { FieldExpression, SpansetFilter, Stage, Static, TraceQl } from '#server/traces/traceql/ast.ts';
import { compares, joined, partsOf, sameField, sameStatic, type Field } from './conditions.ts';

/** Values of a field that a query asks for, or shuts out. */
export interface FieldChoice {
  readonly included: readonly Static[];
  readonly excluded: readonly Static[];
}

/** The conditions that every matching span must meet beside whatever structure the query has: those that edits work on. */
export function openConditions(query: TraceQl): readonly FieldExpression[] {
  const at = openFilterIndex(query);
  const stage = at === undefined ? undefined : query.pipeline.stages[at];
  return stage?.kind === 'filter' ? partsOf('&&', stage.condition) : [];
}

/** The query for spans that meet this too. Said twice it is there once. */
export function withCondition(query: TraceQl, condition: FieldExpression): TraceQl {
  const now = openConditions(query);
  const text = JSON.stringify(condition, plain);
  return now.some((one) => JSON.stringify(one, plain) === text) ? query : withOpenConditions(query, [...now, condition]);
}

/** The query less the open conditions that `drop` names. */
export function withoutConditions(query: TraceQl, drop: (condition: FieldExpression) => boolean): TraceQl {
  const now = openConditions(query);
  const kept = now.filter((condition) => !drop(condition));
  return kept.length === now.length ? query : withOpenConditions(query, kept);
}

/** Which values of `field` the query's open conditions take and leave out: `f = a`, `(f = a || f = b)`, `f != c`. */
export function choiceOf(query: TraceQl, field: Field): FieldChoice {
  const all = openConditions(query);
  return {
    included: all.flatMap((condition) => includedBy(condition, field) ?? []),
    excluded: all.flatMap((condition) => excludedBy(condition, field) ?? []),
  };
}

/** The query without any choice of values of `field`: what a facet of the field counts over. */
export function withoutChoice(query: TraceQl, field: Field): TraceQl {
  return withoutConditions(query, (condition) => includedBy(condition, field) !== undefined || excludedBy(condition, field) !== undefined);
}

/** Takes the value in (or out) when it is not, else back. Several included values are alternatives. */
export function toggleChoice(query: TraceQl, field: Field, value: Static, how: 'include' | 'exclude'): TraceQl {
  const { included, excluded } = choiceOf(query, field);
  const toggled = (values: readonly Static[], on: boolean): readonly Static[] => (values.some((one) => sameStatic(one, value)) ? values.filter((one) => !sameStatic(one, value)) : on ? [...values, value] : values);
  const takes = toggled(included, how === 'include');
  const leaves = toggled(excluded, how === 'exclude');
  const rest = withoutChoice(query, field);
  const any = joined('||', takes.map((one) => compares(field, '=', one)));
  const conditions = [...openConditions(rest), ...(any === undefined ? [] : [any]), ...leaves.map((one) => compares(field, '!=', one))];
  return withOpenConditions(rest, conditions);
}

function includedBy(condition: FieldExpression, field: Field): readonly Static[] | undefined {
  const values = partsOf('||', condition).map((part) => comparedWith(part, field, '='));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function excludedBy(condition: FieldExpression, field: Field): readonly Static[] | undefined {
  const value = comparedWith(condition, field, '!=');
  return value === undefined ? undefined : [value];
}

function comparedWith(part: FieldExpression, field: Field, operator: '=' | '!='): Static | undefined {
  return part.kind === 'binary' && part.operator === operator && part.right.kind === 'static' && sameField(part.left, field) ? part.right.value : undefined;
}

/**
 * The stage whose conditions are open: the first when it is `{ … }`, else a `{ … }` that filters the spans which the
 * structure before it found. `undefined`: there is none yet.
 */
function openFilterIndex({ pipeline: { stages } }: TraceQl): number | undefined {
  if (stages[0]?.kind === 'filter') return 0;
  return stages[1]?.kind === 'filter' ? 1 : undefined;
}

/** The query with these as its open conditions. */
export function withOpenConditions(query: TraceQl, conditions: readonly FieldExpression[]): TraceQl {
  const { stages } = query.pipeline;
  const condition = joined('&&', conditions);
  const filter: SpansetFilter = condition === undefined ? { kind: 'filter' } : { kind: 'filter', condition };
  const at = openFilterIndex(query);
  if (at === undefined && condition === undefined) return query;
  const next: readonly Stage[] = at === undefined ? [...stages.slice(0, 1), filter, ...stages.slice(1)] : at === 1 && condition === undefined ? stages.toSpliced(1, 1) : stages.with(at, filter);
  return { ...query, pipeline: { ...query.pipeline, stages: next } };
}

/** Positions do not count when conditions are compared, and 64-bit numbers are written as text. */
function plain(key: string, value: unknown): unknown {
  return key === 'at' ? undefined : typeof value === 'bigint' ? `${value}n` : value;
}
