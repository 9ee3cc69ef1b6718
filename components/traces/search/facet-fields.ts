import type { AttributeInfo } from '#server/traces/trace-questions.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { attribute, intrinsic, type Field } from './conditions.ts';
import { choiceOf, withoutChoice } from './query-edits.ts';
import { printField } from '#server/traces/traceql/print.ts';
import { readField, writeQuery } from './query-text.ts';

/** One facet: its field, how TraceQL writes it, what people call it. */
export interface FacetField {
  readonly field: Field;
  readonly text: string;
  readonly label: string;
}

const ALWAYS: readonly (readonly [Field, string])[] = [
  [attribute('service.name', 'resource'), 'Service'],
  [intrinsic('span:name'), 'Operation'],
  [intrinsic('span:status'), 'Status'],
  [intrinsic('span:kind'), 'Kind'],
];
/** Shown when spans have one of these: the first that they have. Codes are told in two ways in one mesh, by proxies and by programs: of those, each. */
const WHEN_THERE: readonly (readonly [keys: readonly (readonly [key: string, scope: 'span' | 'resource'])[], label: string, each?: true])[] = [
  [[['http.response.status_code', 'span'], ['http.status_code', 'span'], ['rpc.grpc.status_code', 'span']], 'Response code', true],
  [[['service.version', 'resource'], ['istio.canonical_revision', 'span'], ['istio.canonical_revision', 'resource']], 'Version'],
  [[['response_flags', 'span']], 'Response flags'],
  [[['http.route', 'span'], ['url.path', 'span'], ['http.url', 'span']], 'Route'],
];

/** The facets of the page: the usual ones that spans have, then those that were added. */
export function facetFields(known: readonly AttributeInfo[], added: readonly string[]): readonly FacetField[] {
  const has = (key: string, scope: string): boolean => known.some((info) => info.key === key && info.scope === scope);
  const usual = WHEN_THERE.flatMap(([keys, label, each]) => {
    const found = keys.filter(([key, scope]) => has(key, scope));
    return found.slice(0, each === true ? undefined : 1).map(([key, scope], index) => [attribute(key, scope), index === 0 ? label : `${label} (${key})`] as const);
  });
  const own = added.flatMap((text) => {
    const field = readField(text);
    return field === undefined ? [] : [{ field, text, label: text }];
  });
  const first = [...ALWAYS, ...usual].map(([field, label]): FacetField => ({ field, text: printField(field), label }));
  return [...first, ...own.filter(({ text }) => !first.some((one) => one.text === text))];
}

/**
 * The questions for facets. A facet counts without its own choices, so that the other values stay in sight: those with
 * choices ask alone, all others together.
 */
export function facetAsks(query: TraceQl | undefined, fields: readonly FacetField[]): readonly { readonly q: string; readonly fields: readonly FacetField[] }[] {
  if (query === undefined) return [];
  const chosen = fields.filter(({ field }) => {
    const { included, excluded } = choiceOf(query, field);
    return included.length + excluded.length > 0;
  });
  const rest = fields.filter((field) => !chosen.includes(field));
  return [...(rest.length === 0 ? [] : [{ q: writeQuery(query), fields: rest }]), ...chosen.map((field) => ({ q: writeQuery(withoutChoice(query, field.field)), fields: [field] }))];
}
