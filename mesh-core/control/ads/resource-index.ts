import { createHash } from 'node:crypto';
import { Interned } from './interned.ts';
import type { PackedResource } from '#mesh-core/wire/xds/resource-codec.ts';

/** A resource ready to send. Equal bytes under one name are one object, whatever proxy they are for. */
export interface VersionedResource extends PackedResource {
  readonly name: string;
  /** Digest of the bytes. */
  readonly version: string;
}
/** Resources of one type by name; an index that many proxies share is one object. What is there only on demand cannot be listed. */
export interface ResourceIndex {
  get(name: string): VersionedResource | undefined;
  keys(): Iterable<string>;
  values(): Iterable<VersionedResource>;
}
export const NO_RESOURCES: ReadonlyMap<string, VersionedResource> = new Map();

/** What a subscription wants of a type. Sets with the same names are one object (see NameSets). */
export interface Wanted {
  readonly wildcard: boolean;
  readonly names: ReadonlySet<string>;
}

/** What a subscription is to hold: `undefined` for a name that was asked for and does not exist. */
export type Selection = ReadonlyMap<string, VersionedResource | undefined>;

/** Remembers the result for a pair of objects as long as both live: what is computed for one proxy serves all that share both. */
export function rememberPairs<A extends object, B extends object, R>(compute: (a: A, b: B) => R): (a: A, b: B) => R {
  const known = new WeakMap<A, WeakMap<B, { readonly result: R }>>();
  return (a, b) => {
    let ofA = known.get(a);
    if (ofA === undefined) {
      ofA = new WeakMap();
      known.set(a, ofA);
    }
    let entry = ofA.get(b);
    if (entry === undefined) {
      entry = { result: compute(a, b) };
      ofA.set(b, entry);
    }
    return entry.result;
  };
}

const selectNamed = rememberPairs((resources: ResourceIndex, names: ReadonlySet<string>): Selection => new Map([...names].filter((name) => name !== '*').map((name) => [name, resources.get(name)])));
const selectAll = rememberPairs((resources: ResourceIndex, names: ReadonlySet<string>): Selection => {
  const all = new Map<string, VersionedResource | undefined>([...resources.values()].map((resource) => [resource.name, resource]));
  for (const name of names) if (name !== '*' && !all.has(name)) all.set(name, undefined);
  return all;
});

/** The resources that a subscription selects: everything, the names asked for, or both (delta). */
export function select(resources: ResourceIndex, { wildcard, names }: Wanted): Selection {
  return wildcard ? selectAll(resources, names) : selectNamed(resources, names);
}

/** Those of a selection that exist. */
export function existing(selection: Selection): VersionedResource[] {
  return [...selection.values()].filter((resource) => resource !== undefined);
}

const fingerprints = new WeakMap<Selection, string>();

/**
 * Digest of a selection: the names that were asked for and the versions that answer them. The names count too: a proxy that
 * asks for one more waits for an answer even when it does not exist.
 */
export function fingerprintOf(selection: Selection): string {
  let known = fingerprints.get(selection);
  if (known === undefined) {
    const hash = createHash('sha256');
    for (const [name, resource] of selection) hash.update(`${name}\n${resource?.version ?? ''}\n`);
    known = hash.digest('base64url');
    fingerprints.set(selection, known);
  }
  return known;
}

/** Which of `before` are not in `after` any more. */
export const resourcesGone = rememberPairs((before: ResourceIndex, after: ResourceIndex): ReadonlyMap<string, VersionedResource> => {
  const gone = [...before.values()].filter((resource) => after.get(resource.name) === undefined);
  return gone.length === 0 ? NO_RESOURCES : new Map(gone.map((resource) => [resource.name, resource]));
});

/** Both together; the names of the second are not among those of the first. */
export const resourcesOfBoth = rememberPairs((first: ResourceIndex, second: ResourceIndex): ResourceIndex => new Map([...first.values(), ...second.values()].map((resource) => [resource.name, resource])));

/**
 * Sets of names, each kept once however many proxies asked for it: a thousand proxies that want the same thousand endpoints
 * hold one set.
 */
export class NameSets {
  readonly #known = new Interned<ReadonlySet<string>>();

  /** The one set of these names, sorted. */
  of(names: Iterable<string>): ReadonlySet<string> {
    const sorted = [...new Set(names)].sort();
    const hash = createHash('sha256');
    for (const name of sorted) hash.update(name).update('\n');
    return this.#known.of(hash.digest('base64url'), () => new Set(sorted));
  }
}
