/** Hashes are whole numbers below this. */
export const HASHES = 2 ** 32;

/** Spans with a hash below this are in the sample that is stored of each row group: one of 64. */
export const STORED_SAMPLE = HASHES / 64;

/** The hash of a trace's id, for `hashOfSpan`. */
export function hashOfTrace(traceIds: Uint8Array, trace: number): number {
  let hash = 0;
  for (let i = trace * 16; i < trace * 16 + 16; i += 4) hash = mixed(hash ^ ((traceIds[i] ?? 0) | ((traceIds[i + 1] ?? 0) << 8) | ((traceIds[i + 2] ?? 0) << 16) | ((traceIds[i + 3] ?? 0) << 24)));
  return hash;
}

/** A number for a span by its trace and by which of its spans it is: as good as random, and the same wherever the trace lies. Samples are of the spans with the lowest. */
export function hashOfSpan(ofTrace: number, index: number): number {
  return mixed(ofTrace + Math.imul(index, 0x9e37_79b1));
}

/** Every bit of a number changes about half of the result's (the end of MurmurHash3, A. Appleby, public domain). */
function mixed(number: number): number {
  let hash = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
