import { escapePointer } from '#server/traces/otlp/value-types.ts';
import type { Attributes, AttributeValue, TraceOperation } from '#server/traces/trace-backend.ts';
import type { AttributeInfo, AttributeValueInfo, AttributeValuesRequest } from '#server/traces/trace-questions.ts';
import type { Segment, TypedValue, ValueType } from '#server/traces/segment/segment.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import type { Catalogue, CatalogueType } from '#server/traces/store/segment-source.ts';
import type { IntrinsicName } from '#server/traces/traceql/ast.ts';
import type { FacetsPart } from './facets.ts';

/** Everything but attributes that a query can name and a reader wants to see. */
const INTRINSICS: readonly (readonly [name: IntrinsicName, type: CatalogueType])[] = [
  ['span:name', 'string'], ['span:duration', 'int'], ['span:kind', 'string'], ['span:status', 'string'], ['span:statusMessage', 'string'], ['span:id', 'string'], ['span:parentID', 'string'], ['span:childCount', 'int'],
  ['trace:id', 'string'], ['trace:duration', 'int'], ['trace:rootName', 'string'], ['trace:rootService', 'string'],
  ['event:name', 'string'], ['event:timeSinceStart', 'int'], ['link:traceID', 'string'], ['link:spanID', 'string'], ['instrumentation:name', 'string'], ['instrumentation:version', 'string'],
];

/** The names in some segments, read from their spans: for those at hand, of which nobody keeps a catalogue. */
export function catalogueOf(segments: readonly Segment[]): Catalogue {
  return { operations: operationsIn(segments), attributes: attributesIn(segments) };
}

/** All that a query can name, with the types of its values: intrinsics, then attributes by key and scope. */
export function attributeInfos({ attributes }: Catalogue): AttributeInfo[] {
  const infos = attributes.map(({ owner, key, types }): AttributeInfo => ({ scope: owner === 'scope' ? 'instrumentation' : owner, key, types }));
  infos.sort((a, b) => (`${a.key} ${a.scope}` < `${b.key} ${b.scope}` ? -1 : 1));
  return [...INTRINSICS.map(([key, type]): AttributeInfo => ({ scope: 'intrinsic', key, types: [type] })), ...infos];
}

/** Sorted. */
export function serviceNames({ operations }: Catalogue): string[] {
  return [...new Set(operations.map((o) => o.service))].sort();
}

/** The operations of a service by name, then kind. */
export function operationsFrom({ operations }: Catalogue, service: string): TraceOperation[] {
  return operations
    .filter((o) => o.service === service)
    .sort((a, b) => (a.name === b.name ? a.kind - b.kind : a.name < b.name ? -1 : 1))
    .map(({ name, kind, spans }) => ({ name, kind: SPAN_KINDS[kind] ?? 'unspecified', spans }));
}

type Owner = Catalogue['attributes'][number]['owner'];

function attributesIn(segments: readonly Segment[]): Catalogue['attributes'] {
  const found = new Map<string, { owner: Owner; key: string; types: Set<CatalogueType> }>();
  const add = (owner: Owner, key: string, type: CatalogueType): void => {
    const known = found.get(`${owner} ${key}`);
    if (known === undefined) found.set(`${owner} ${key}`, { owner, key, types: new Set([type]) });
    else known.types.add(type);
  };
  for (const segment of segments) {
    for (const owner of ['span', 'event', 'link'] as const) {
      for (const key of segment.attributeKeys(owner)) for (const value of segment.attribute(owner, key)?.values ?? []) add(owner, key, typeOf(value));
    }
    for (const { resource, scope, valueTypes } of segment.sources) {
      const addAll = (owner: Owner, attributes: Attributes, pointer: string): void => {
        for (const [key, value] of Object.entries(attributes)) {
          const type: ValueType | undefined = valueTypes?.[`${pointer}/${escapePointer(key)}`];
          add(owner, key, typeOf({ value, ...(type === undefined ? {} : { types: { '': type } }) }));
        }
      };
      addAll('resource', resource, '/resource');
      addAll('scope', scope.attributes ?? {}, '/scope/attributes');
    }
  }
  return [...found.values()].map(({ owner, key, types }) => ({ owner, key, types: [...types].sort() }));
}

function operationsIn(segments: readonly Segment[]): Catalogue['operations'] {
  const found = new Map<string, { service: string; name: string; kind: number; spans: number; errors: number }>();
  for (const { sources, source, spanCount, name, kind, status } of segments) {
    for (let row = 0; row < spanCount; row++) {
      const operation = { service: sources[source[row] ?? 0]?.service ?? '', name: name.values[name.codes[row] ?? 0] ?? '', kind: kind[row] ?? 0, spans: 1, errors: status[row] === 2 ? 1 : 0 };
      const key = JSON.stringify([operation.service, operation.name, operation.kind]);
      const known = found.get(key);
      if (known === undefined) found.set(key, operation);
      else {
        known.spans += 1;
        known.errors += operation.errors;
      }
    }
  }
  return [...found.values()];
}

/** The OTLP type of a value. */
export function typeOf({ value, types }: TypedValue): CatalogueType {
  const told = types?.[''];
  if (told !== undefined) return told === 'double' ? 'float' : told;
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return Array.isArray(value) ? 'list' : 'map';
}

/** The most frequent values of a field, from the counts of one facet. */
export function attributeValuesAnswer(part: FacetsPart, { contains = '', limit, field }: AttributeValuesRequest): AttributeValueInfo[] {
  const counts = part.fields[0]?.counts ?? [];
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
