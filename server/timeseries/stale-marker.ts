import { STALE_NAN } from './storage.ts';

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

/**
 * Whether a value is Prometheus' staleness marker. The signalling bit of a NaN may be lost on its way through the
 * engine, so only the payload (2) is compared; an ordinary NaN has payload 0 or 1 (model/value/value.go).
 */
export function isStaleMarker(value: number): boolean {
  if (value === value) return false;
  scratch[0] = value;
  return words[LOW] === 2;
}

/** The exact bits to store for a value: staleness markers are restored, every other NaN becomes the ordinary one. */
export function canonicalValue(value: number): number {
  if (value === value) return value;
  return isStaleMarker(value) ? STALE_NAN : NaN;
}

/** Whether two stored values are the same sample (NaN equals NaN, a staleness marker only another one). */
export function sameValue(a: number, b: number): boolean {
  if (a === a || b === b) return a === b;
  return isStaleMarker(a) === isStaleMarker(b);
}
