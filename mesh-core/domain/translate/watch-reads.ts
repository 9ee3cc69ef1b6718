import type { MeshSnapshot } from './mesh-snapshot.ts';

/** One thing that was read of a snapshot, and how the same is read of another snapshot. */
interface Read {
  readonly value: unknown;
  readonly of: (snapshot: MeshSnapshot) => unknown;
}
/** What a result depends on: it is the same for every snapshot of which all this reads the same. */
export type Reads = ReadonlyMap<string, Read>;
/** A result with what was read while it was made. */
export interface Watched<R> {
  readonly result: R;
  readonly reads: Reads;
}

/** Whoever is being made now notes what it reads; the innermost first, which passes it on when it is done. */
let reader: Map<string, Read> | undefined;

/** Notes that something was read. `key` names it; `of` reads it of another snapshot (compared by identity). */
export function noteRead(key: string, value: unknown, of: (snapshot: MeshSnapshot) => unknown): void {
  reader?.set(key, { value, of });
}

/** Notes all that an earlier result depends on: whoever uses it depends on that too. */
export function noteReads(reads: Reads): void {
  if (reader !== undefined) for (const [key, read] of reads) reader.set(key, read);
}

/** Makes something and tells what it read of the snapshot. Reads are seen only if the snapshot is a `watchedSnapshot`. */
export function watchReads<R>(make: () => R): Watched<R> {
  const outer = reader;
  const reads = new Map<string, Read>();
  reader = reads;
  let result: R;
  try {
    result = make();
  } finally {
    reader = outer;
  }
  noteReads(reads);
  return { result, reads };
}

/** Makes something whose reads are noted in another way by its caller. */
export function withoutNoting<R>(make: () => R): R {
  const outer = reader;
  reader = undefined;
  try {
    return make();
  } finally {
    reader = outer;
  }
}

/** Does a snapshot read the same, in all of this? */
export function readsHold(reads: Reads, snapshot: MeshSnapshot): boolean {
  return withoutNoting(() => {
    for (const { value, of } of reads.values()) if (of(snapshot) !== value) return false;
    return true;
  });
}

const proxies = new WeakMap<MeshSnapshot, MeshSnapshot>();

/** The snapshot with its fields watched; the same object for the same snapshot, and itself for a watched one. */
export function watchedSnapshot(snapshot: MeshSnapshot): MeshSnapshot {
  const known = proxies.get(snapshot);
  if (known !== undefined) return known;
  const watched = new Proxy(snapshot, {
    get(target, field) {
      const value: unknown = Reflect.get(target, field);
      noteField(field, value);
      return value;
    },
    has(target, field) {
      noteField(field, Reflect.get(target, field));
      return Reflect.has(target, field);
    },
    ownKeys(target) {
      // Copied whole: any other snapshot is another one.
      noteRead('everything', watched, (other) => other);
      return Reflect.ownKeys(target);
    },
  });
  proxies.set(snapshot, watched);
  proxies.set(watched, watched);
  return watched;
}

const readers = new Map<string | symbol, Read['of']>();

function noteField(field: string | symbol, value: unknown): void {
  if (reader === undefined) return;
  // Safe because what is read is only compared.
  const of = readers.get(field) ?? ((other: MeshSnapshot): unknown => Reflect.get(other, field) as unknown);
  readers.set(field, of);
  noteRead(String(field), value, of);
}

/**
 * Remembers results by an object and a name, as long as the object lives. Whoever is given a remembered result depends on what
 * was read for it, as if it had been made anew.
 */
export function rememberReads<K extends object, R>(): (key: K, name: string, make: () => R) => R {
  const known = new WeakMap<K, Map<string, Watched<R>>>();
  return (key, name, make) => {
    let byName = known.get(key);
    if (byName === undefined) {
      byName = new Map();
      known.set(key, byName);
    }
    const found = byName.get(name);
    if (found !== undefined) {
      noteReads(found.reads);
      return found.result;
    }
    const made = watchReads(make);
    byName.set(name, made);
    return made.result;
  };
}

/** Makes something when it is first asked for; each time, its reads are noted. */
export function lazily<R>(make: () => R): () => R {
  let made: Watched<R> | undefined;
  return () => {
    if (made === undefined) made = watchReads(make);
    else noteReads(made.reads);
    return made.result;
  };
}
