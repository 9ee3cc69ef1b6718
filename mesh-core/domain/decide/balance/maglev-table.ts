import type { PlacedHost } from './hash-ring.ts';
import { xxHash64 } from './xxhash64.ts';

/** Envoy's table size; a size must be a prime. */
export const MAGLEV_TABLE_SIZE = 65_537;

/**
 * A table of hosts (by index) in which each has its share of the places, and which changes little when hosts come and go.
 * Source: Envoy, maglev_lb.cc; Eisenbud et al., Maglev (NSDI 2016), listing 1, with weights.
 */
export function buildMaglevTable(hosts: readonly PlacedHost[], size: number = MAGLEV_TABLE_SIZE): Uint32Array {
  const table = new Uint32Array(size);
  if (hosts.length === 0) return table;
  const taken = new Uint8Array(size);
  const most = hosts.reduce((most, { share }) => Math.max(most, share), 0);
  const turns = [...hosts.entries()]
    .sort(([, a], [, b]) => (a.key < b.key ? -1 : 1))
    .map(([index, { key, share }]) => ({ index, share, target: 0, place: Number(xxHash64(key) % BigInt(size)), skip: Number(xxHash64(key, 1n) % BigInt(size - 1)) + 1 }));
  let filled = 0;
  for (let iteration = 1; filled < size; iteration++) {
    for (const turn of turns) {
      if (filled >= size) break;
      // A host with a third of the largest share has every third turn.
      if (iteration * turn.share < turn.target) continue;
      turn.target += most;
      while (taken[turn.place] === 1) turn.place = (turn.place + turn.skip) % size;
      table[turn.place] = turn.index;
      taken[turn.place] = 1;
      turn.place = (turn.place + turn.skip) % size;
      filled++;
    }
  }
  return table;
}

/** The host (by index) of a hash; `attempt` > 0 gives others, for retries. */
export function hostInTable(table: Uint32Array, hash: bigint, attempt = 0): number | undefined {
  const varied = attempt === 0 ? hash : hash ^ (0xffff_ffff_ffff_ffffn - BigInt(attempt) + 1n);
  return table[Number(varied % BigInt(table.length))];
}
