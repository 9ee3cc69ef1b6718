import { escapePointer } from '#server/traces/otlp/value-types.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { CatalogueType } from '../segment-source.ts';
import type { BlockMeta, ColumnMeta, OperationCount } from './block-meta.ts';
import { typeOfValue } from './value-stats.ts';

/** An operation whose name has an id in it would make the list as long as the spans. */
const MAX_OPERATIONS = 5_000;
const MAX_KEYS = 10_000;

type KeyOwner = BlockMeta['keys'][number][0];

/** Puts together the names of groups: which operations there are and how often, and which attribute keys with which types. */
export class NameCollector {
  readonly #operations = new Map<string, [service: string, name: string, kind: number, spans: number, errors: number]>();
  readonly #keys = new Map<string, { readonly owner: KeyOwner; readonly key: string; readonly types: Set<CatalogueType> }>();

  addOperations({ spanCount, source, sources, name, kind, status }: Pick<Segment, 'spanCount' | 'source' | 'sources' | 'name' | 'kind' | 'status'>): void {
    const services = [...new Set(sources.map((s) => s.service))];
    const serviceOf = sources.map((s) => services.indexOf(s.service));
    const { codes, values } = name;
    const counts = new Map<number, { spans: number; errors: number }>();
    for (let row = 0; row < spanCount; row++) {
      const id = ((serviceOf[source[row] ?? 0] ?? 0) * values.length + (codes[row] ?? 0)) * 8 + (kind[row] ?? 0);
      let count = counts.get(id);
      if (count === undefined) counts.set(id, (count = { spans: 0, errors: 0 }));
      count.spans++;
      if (status[row] === 2) count.errors++;
    }
    for (const [id, { spans, errors }] of counts) {
      const service = services[Math.floor(id / 8 / values.length)] ?? '';
      this.add([service, values[Math.floor(id / 8) % values.length] ?? '', id % 8, spans, errors]);
    }
    for (const { resource, scope, valueTypes } of sources) {
      for (const [key, value] of Object.entries(resource)) this.addKey('resource', key, [typeOfValue(value, valueTypes?.[`/resource/${escapePointer(key)}`])]);
      for (const [key, value] of Object.entries(scope.attributes ?? {})) this.addKey('scope', key, [typeOfValue(value, valueTypes?.[`/scope/attributes/${escapePointer(key)}`])]);
    }
  }

  addColumns(columns: Readonly<Record<'span' | 'event' | 'link', readonly Pick<ColumnMeta, 'key' | 'types'>[]>>): void {
    for (const owner of ['span', 'event', 'link'] as const) for (const { key, types } of columns[owner]) this.addKey(owner, key, types);
  }

  addMeta({ operations, keys }: Pick<BlockMeta, 'operations' | 'keys'>): void {
    for (const operation of operations) this.add(operation);
    for (const [owner, key, types] of keys) this.addKey(owner, key, types);
  }

  /** The most frequent operations, and the keys. */
  finish(): Pick<BlockMeta, 'operations' | 'keys'> {
    const operations: OperationCount[] = [...this.#operations.values()].sort((a, b) => b[3] - a[3]).slice(0, MAX_OPERATIONS);
    return { operations, keys: [...this.#keys.values()].map(({ owner, key, types }) => [owner, key, [...types].sort()] as const) };
  }

  private add([service, name, kind, spans, errors]: OperationCount): void {
    const id = `${kind}\0${service}\0${name}`;
    const known = this.#operations.get(id);
    if (known === undefined) this.#operations.set(id, [service, name, kind, spans, errors]);
    else {
      known[3] += spans;
      known[4] += errors;
    }
  }

  private addKey(owner: KeyOwner, key: string, types: readonly CatalogueType[]): void {
    const id = `${owner}\0${key}`;
    let known = this.#keys.get(id);
    if (known === undefined) {
      if (this.#keys.size >= MAX_KEYS) return;
      this.#keys.set(id, (known = { owner, key, types: new Set() }));
    }
    for (const type of types) known.types.add(type);
  }
}
