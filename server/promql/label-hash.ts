import { labelValue, sortedNames } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';

/**
 * Prometheus' hash of a label set: xxHash64 (seed 0) over its packed form, in which each name and each value follows its
 * length. Source: model/labels/labels_stringlabels.go, the xxHash specification (github.com/Cyan4973/xxHash/doc).
 */
export function labelHash(labels: Labels): bigint {
  const known = hashes.get(labels);
  if (known !== undefined) return known;
  const hash = xxHash64(packLabels(labels));
  hashes.set(labels, hash);
  return hash;
}

/** Label objects are shared by all queries, so each is hashed once. */
const hashes = new WeakMap<Labels, bigint>();

function packLabels(labels: Labels): Uint8Array {
  const encoder = new TextEncoder();
  const parts: number[] = [];
  for (const name of sortedNames(labels)) {
    for (const text of [name, labelValue(labels, name)]) {
      const bytes = encoder.encode(text);
      if (bytes.length < 255) parts.push(bytes.length);
      else parts.push(255, bytes.length & 255, (bytes.length >> 8) & 255, (bytes.length >> 16) & 255);
      for (const byte of bytes) parts.push(byte);
    }
  }
  return Uint8Array.from(parts);
}

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
function rotate(value: bigint, bits: bigint): bigint {
  return u64(value << bits) | (value >> (64n - bits));
}
function round(accumulator: bigint, lane: bigint): bigint {
  return u64(rotate(u64(accumulator + u64(lane * P2)), 31n) * P1);
}
function merge(hash: bigint, lane: bigint): bigint {
  return u64((hash ^ round(0n, lane)) * P1 + P4);
}

/** xxHash64 with seed 0. */
export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  let at = 0;
  let hash = P5;
  if (length >= 32) {
    const lanes: [bigint, bigint, bigint, bigint] = [u64(P1 + P2), P2, 0n, u64(-P1)];
    for (; at + 32 <= length; at += 32) {
      lanes[0] = round(lanes[0], view.getBigUint64(at, true));
      lanes[1] = round(lanes[1], view.getBigUint64(at + 8, true));
      lanes[2] = round(lanes[2], view.getBigUint64(at + 16, true));
      lanes[3] = round(lanes[3], view.getBigUint64(at + 24, true));
    }
    hash = u64(rotate(lanes[0], 1n) + rotate(lanes[1], 7n) + rotate(lanes[2], 12n) + rotate(lanes[3], 18n));
    for (const lane of lanes) hash = merge(hash, lane);
  }
  hash = u64(hash + BigInt(length));
  for (; at + 8 <= length; at += 8) hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4);
  for (; at + 4 <= length; at += 4) hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
  for (; at < length; at++) hash = u64(rotate(hash ^ u64(BigInt(bytes[at] ?? 0) * P5), 11n) * P1);
  hash = u64((hash ^ (hash >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}
