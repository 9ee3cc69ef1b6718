import type { Attributes, AttributeValue, SpanKind, TraceOperation } from '#server/traces/trace-backend.ts';
import type { AttributeInfo, AttributeValueInfo, AttributeValuesRequest } from '#server/traces/trace-questions.ts';
import type { Segment, TypedValue, ValueType } from '#server/traces/segment/segment.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import type { IntrinsicName } from '#server/traces/traceql/ast.ts';
import { mergeFacets, type FacetsPart } from './facets.ts';

type AttributeType = AttributeInfo['types'][number];

/** Everything but attributes that a query can name and a reader wants to see. */
const INTRINSICS: readonly (readonly [name: IntrinsicName, type: AttributeType])[] = [
  ['span:name', 'string'], ['span:duration', 'int'], ['span:kind', 'string'], ['span:status', 'string'], ['span:statusMessage', 'string'], ['span:id', 'string'], ['span:parentID', 'string'], ['span:childCount', 'int'],
  ['trace:id', 'string'], ['trace:duration', 'int'], ['trace:rootName', 'string'], ['trace:rootService', 'string'],
  ['event:name', 'string'], ['event:timeSinceStart', 'int'], ['link:traceID', 'string'], ['link:spanID', 'string'], ['instrumentation:name', 'string'], ['instrumentation:version', 'string'],
];

/** Attributes of some segments with the types of their values, by scope and key, and the intrinsics. */
export function attributesOf(segments: Iterable<Segment>): AttributeInfo[] {
  const found = new Map<string, { scope: AttributeInfo['scope']; key: string; types: Set<AttributeType> }>();
  const add = (scope: AttributeInfo['scope'], key: string, type: AttributeType): void => {
    const known = found.get(`${scope} ${key}`);
    if (known === undefined) found.set(`${scope} ${key}`, { scope, key, types: new Set([type]) });
    else known.types.add(type);
  };
  for (const segment of segments) {
    for (const owner of ['span', 'event', 'link'] as const) {
      for (const key of segment.attributeKeys(owner)) for (const value of segment.attribute(owner, key)?.values ?? []) add(owner, key, typeOf(value));
    }
    for (const { resource, scope, valueTypes } of segment.sources) {
      const typed = (attributes: Attributes, pointer: string, as: AttributeInfo['scope']): void => {
        for (const [key, value] of Object.entries(attributes)) {
          const type: ValueType | undefined = valueTypes?.[`${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`];
          add(as, key, typeOf({ value, ...(type === undefined ? {} : { types: { '': type } }) }));
        }
      };
      typed(resource, '/resource', 'resource');
      typed(scope.attributes ?? {}, '/scope/attributes', 'instrumentation');
    }
  }
  const order = (text: string): string => text;
  const attributes = [...found.values()].map(({ scope, key, types }): AttributeInfo => ({ scope, key, types: [...types].sort() }));
  attributes.sort((a, b) => (order(`${a.key} ${a.scope}`) < order(`${b.key} ${b.scope}`) ? -1 : 1));
  return [...INTRINSICS.map(([key, type]): AttributeInfo => ({ scope: 'intrinsic', key, types: [type] })), ...attributes];
}

/** The OTLP type of a value. */
export function typeOf({ value, types }: TypedValue): AttributeType {
  const told = types?.[''];
  if (told !== undefined) return told === 'double' ? 'float' : told;
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return Array.isArray(value) ? 'list' : 'map';
}

/** Services of some segments, sorted. */
export function servicesOf(segments: Iterable<Segment>): string[] {
  const found = new Set<string>();
  for (const { sources } of segments) for (const { service } of sources) found.add(service);
  return [...found].sort();
}

/** A service's operations with the number of their spans, by name and kind. */
export function operationsOf(segments: Iterable<Segment>, service: string): TraceOperation[] {
  const found = new Map<string, { name: string; kind: SpanKind; spans: number }>();
  for (const { sources, source, spanCount, name, kind } of segments) {
    const wanted = sources.map((s) => s.service === service);
    if (!wanted.includes(true)) continue;
    for (let row = 0; row < spanCount; row++) {
      if (wanted[source[row] ?? 0] !== true) continue;
      const key = `${kind[row] ?? 0} ${name.values[name.codes[row] ?? 0] ?? ''}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { name: name.values[name.codes[row] ?? 0] ?? '', kind: SPAN_KINDS[kind[row] ?? 0] ?? 'unspecified', spans: 1 });
      else known.spans += 1;
    }
  }
  return [...found.values()].sort((a, b) => (a.name === b.name ? SPAN_KINDS.indexOf(a.kind) - SPAN_KINDS.indexOf(b.kind) : a.name < b.name ? -1 : 1));
}

/** The most frequent values of a field, from the counts of one facet. */
export function attributeValuesAnswer(parts: readonly FacetsPart[], { contains = '', limit, field }: AttributeValuesRequest): AttributeValueInfo[] {
  const counts = mergeFacets(parts, 1).fields[0]?.counts ?? [];
  const wanted = contains.toLowerCase();
  const isKeyword = field.kind === 'intrinsic' && (field.name === 'span:kind' || field.name === 'span:status');
  return counts
    .filter(({ value }) => textOf(value).toLowerCase().includes(wanted))
    .slice(0, limit)
    .map(({ value, spans }) => ({ value, spans, type: isKeyword ? 'keyword' : valueType(value) }));
}

function valueType(value: AttributeValue): AttributeValueInfo['type'] {
  const type = typeOf({ value });
  return type === 'int' || type === 'float' || type === 'bool' ? type : 'string';
}

function textOf(value: AttributeValue): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
