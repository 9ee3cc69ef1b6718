import { keepEqual } from './keep-equal.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { contextOfExpanded } from './proxy-context.ts';
import type { ProxyContext } from './proxy-context.ts';
import { noteReads, readsHold, watchReads } from './watch-reads.ts';
import type { Watched } from './watch-reads.ts';

interface Made<R> extends Watched<R> {
  /** The snapshot of which its reads were last seen to hold. */
  holdsIn: MeshSnapshot;
  usedAt: number;
}
/** What was made, by the fields of nodes that were read for it and then by their values. */
type Known<R> = Map<string, { readonly fields: readonly string[]; readonly byValues: Map<string, Made<R>> }>;

/** What no proxy asked for over so many snapshots is forgotten. */
const FORGOTTEN_AFTER = 8;

/**
 * A part of translation that many proxies have in common, made once for all whose nodes agree in everything that was read while it
 * was made, and kept for the next snapshots as long as these agree in everything that was read of the snapshot. What that is is
 * watched, not declared: a part that begins to read another field is shared among fewer proxies and snapshots, and
 * never wrongly. What must be made again is the former one as far as it is equal, so that it is encoded and compared once.
 */
export function shareBetweenProxies<R>(build: (context: ProxyContext, name: string) => R): (context: ProxyContext, name?: string) => R {
  const all = new Map<string, Known<R>>();
  let latest: MeshSnapshot | undefined;
  let generation = 0;
  const advance = (snapshot: MeshSnapshot): void => {
    if (snapshot === latest) return;
    latest = snapshot;
    generation += 1;
    if (generation % FORGOTTEN_AFTER === 0) forget(all, generation - FORGOTTEN_AFTER);
  };
  return (context, name = '') => {
    const { snapshot, node } = context;
    advance(snapshot);
    const known: Known<R> = all.get(name) ?? new Map();
    all.set(name, known);
    let before: Made<R> | undefined;
    for (const { fields, byValues } of known.values()) {
      const made = byValues.get(valuesOf(node, fields));
      if (made === undefined) continue;
      if (made.holdsIn === snapshot || readsHold(made.reads, snapshot)) {
        made.holdsIn = snapshot;
        made.usedAt = generation;
        noteReads(made.reads);
        return made.result;
      }
      if (before === undefined || made.usedAt > before.usedAt) before = made;
    }
    const read = new Set<string>();
    // Lookups of its own: those of `context` may have been filled, and their reads missed.
    const { result, reads } = watchReads(() => build(contextOfExpanded(snapshot, watched(node, read)), name));
    const fields = [...read].sort();
    const signature = fields.join(' ');
    const entry = known.get(signature) ?? { fields, byValues: new Map<string, Made<R>>() };
    known.set(signature, entry);
    const shared = keepEqual(before?.result, result);
    entry.byValues.set(valuesOf(node, fields), { result: shared, reads, holdsIn: snapshot, usedAt: generation });
    return shared;
  };
}

function forget<R>(all: Map<string, Known<R>>, before: number): void {
  for (const [name, known] of all) {
    for (const [signature, { byValues }] of known) {
      for (const [values, { usedAt }] of byValues) if (usedAt < before) byValues.delete(values);
      if (byValues.size === 0) known.delete(signature);
    }
    if (known.size === 0) all.delete(name);
  }
}

function watched(node: ProxyNode, fields: Set<string>): ProxyNode {
  return new Proxy(node, {
    get(target, field) {
      if (typeof field === 'string') fields.add(field);
      return Reflect.get(target, field) as unknown;
    },
    has(target, field) {
      if (typeof field === 'string') fields.add(field);
      return Reflect.has(target, field);
    },
    ownKeys(target) {
      const keys = Reflect.ownKeys(target);
      // Which fields there are is read too: of an absent one as of a present one.
      for (const field of [...keys, ...OPTIONAL_FIELDS]) if (typeof field === 'string') fields.add(field);
      return keys;
    },
  });
}

const OPTIONAL_FIELDS: readonly (keyof ProxyNode)[] = ['inboundPort', 'outboundPort', 'statsPort', 'appPort', 'interception', 'locality'];
const texts = new WeakMap<object, string>();

/** Text that is the same for nodes with the same values in the fields. */
function valuesOf(node: ProxyNode, fields: readonly string[]): string {
  // Safe because it is only compared.
  const values = node as unknown as Readonly<Record<string, unknown>>;
  return fields.map((field) => textOf(values[field])).join('\n');
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const known = texts.get(value) ?? JSON.stringify(value);
  texts.set(value, known);
  return known;
}
