import { xxHash64 } from './xxhash64.ts';

/** A host to be placed: its name is hashed, its weight is its share of all (they sum up to 1). */
export interface PlacedHost {
  readonly key: string;
  readonly share: number;
}
/** Points of a circle, in ascending order, and the host (by index) each belongs to. */
export interface HashRing {
  readonly points: BigUint64Array;
  readonly hosts: Uint32Array;
}

const DEFAULT_MIN_POINTS = 1024;
/** Envoy's own limit is 8 Mi points, for whose hashing this process would stand still. */
const MAX_POINTS = 128 * 1024;

/**
 * Places hosts on a ring: each gets its share of at least `minPoints` points, and the one with the smallest share a whole
 * number of them. Source: Envoy, ring_hash_lb.cc (ketama), with xxHash64 of `host_0`, `host_1` …
 */
export function buildHashRing(hosts: readonly PlacedHost[], minPoints: number = DEFAULT_MIN_POINTS): HashRing {
  const least = hosts.reduce((least, { share }) => Math.min(least, share), 1);
  const scale = Math.min(Math.ceil(least * minPoints) / least, MAX_POINTS);
  const entries: { readonly point: bigint; readonly host: number }[] = [];
  let wanted = 0;
  for (const [host, { key, share }] of hosts.entries()) {
    wanted += scale * share;
    for (let i = 0; entries.length < wanted; i++) entries.push({ point: xxHash64(`${key}_${i}`), host });
  }
  entries.sort((a, b) => (a.point < b.point ? -1 : a.point > b.point ? 1 : 0));
  return { points: BigUint64Array.from(entries, ({ point }) => point), hosts: Uint32Array.from(entries, ({ host }) => host) };
}

/** The host (by index) of a hash: the one of the next point clockwise, or `attempt` points after it; undefined for an empty ring. */
export function hostOnRing({ points, hosts }: HashRing, hash: bigint, attempt = 0): number | undefined {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle] ?? 0n) < hash) low = middle + 1;
    else high = middle;
  }
  return hosts[(low + attempt) % points.length];
}
