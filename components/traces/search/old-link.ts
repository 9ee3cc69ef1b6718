import { parseAsString } from 'nuqs';
import { parseDurationText } from '#server/traces/core/duration-text.ts';
import { parseLogfmtTags } from '#server/traces/core/logfmt-tags.ts';
import type { FieldExpression, Static, TraceQl } from '#server/traces/traceql/ast.ts';
import { attribute, compares, EVERYTHING, intrinsic, joined, staticOf } from './conditions.ts';
import { withCondition } from './query-edits.ts';

/** What a link of the search form said before there was a query language: these still stand in bookmarks and on other pages. */
const OLD_KEYS = ['service', 'operation', 'tags', 'status', 'min', 'max'] as const;
/** Reads an old link's words from the URL. */
export const oldLinkParsers = { service: parseAsString, operation: parseAsString, tags: parseAsString, status: parseAsString, min: parseAsString, max: parseAsString } as const satisfies Record<(typeof OLD_KEYS)[number], unknown>;
export type OldLink = Readonly<Partial<Record<(typeof OLD_KEYS)[number], string | null>>>;

/** The query that an old link means; texts in it that cannot be read are left out. `undefined` when it says nothing. */
export function queryOfOldLink(link: OldLink): TraceQl | undefined {
  const conditions = [
    ...text(link.service, (value) => compares(attribute('service.name', 'resource'), '=', { type: 'string', value })),
    ...text(link.operation, (value) => compares(intrinsic('span:name'), '=', { type: 'string', value })),
    ...text(link.status, statusCondition),
    ...text(link.tags, tagConditions),
    ...text(link.min, (value) => durationCondition('>=', value)),
    ...text(link.max, (value) => durationCondition('<=', value)),
  ];
  return conditions.length === 0 ? undefined : conditions.reduce(withCondition, EVERYTHING);
}

function text(value: string | null | undefined, read: (value: string) => FieldExpression | readonly FieldExpression[] | undefined): readonly FieldExpression[] {
  const given = value?.trim() ?? '';
  const found = given === '' ? undefined : read(given);
  return found === undefined ? [] : Array.isArray(found) ? found : [found as FieldExpression];
}

function statusCondition(value: string): FieldExpression | undefined {
  const status = staticOf(intrinsic('span:status'), value);
  return status === undefined ? undefined : compares(intrinsic('span:status'), '=', status);
}

function durationCondition(operator: '>=' | '<=', value: string): FieldExpression | undefined {
  const read = parseDurationText(value);
  return read.ok ? compares(intrinsic('span:duration'), operator, { type: 'duration', value: read.value }) : undefined;
}

function tagConditions(value: string): readonly FieldExpression[] | undefined {
  const read = parseLogfmtTags(value);
  return read.ok ? Object.entries(read.value).flatMap(([key, tag]) => tagCondition(key, tag) ?? []) : undefined;
}

/** Jaeger compared tags as texts, whatever their type: a number or a truth value is asked for in both forms. */
function tagCondition(key: string, value: string): FieldExpression | undefined {
  if (key === 'error') return compares(intrinsic('span:status'), value === 'false' ? '!=' : '=', { type: 'status', value: 'error' });
  if (key === 'span.status') return statusCondition(value);
  if (key === 'span.kind') {
    const kind = staticOf(intrinsic('span:kind'), value);
    return kind === undefined ? undefined : compares(intrinsic('span:kind'), '=', kind);
  }
  const field = key.startsWith('resource.') ? attribute(key.slice('resource.'.length), 'resource') : attribute(key);
  const forms: Static[] = [{ type: 'string', value }];
  if (/^-?\d{1,15}$/.test(value)) forms.push({ type: 'int', value: BigInt(value) });
  else if (/^-?\d{1,15}\.\d{1,6}$/.test(value)) forms.push({ type: 'float', value: Number(value) });
  else if (value === 'true' || value === 'false') forms.push({ type: 'bool', value: value === 'true' });
  return joined('||', forms.map((form) => compares(field, '=', form)));
}
