import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './float-histogram.ts';

/** Schemas are bucket resolutions: each power of two is cut into 2^schema buckets. Source: model/histogram/generic.go. */
export const MIN_EXPONENTIAL_SCHEMA = -4;
export const MAX_EXPONENTIAL_SCHEMA = 8;
/** Finer schemas up to this one may be sent; they are reduced to the finest that is stored. */
export const MAX_KNOWN_SCHEMA = 52;
const MIN_KNOWN_SCHEMA = -9;

/** Whether a schema stands for exponential buckets that can be stored and computed with. */
export function isExponentialSchema(schema: number): boolean {
  return schema >= MIN_EXPONENTIAL_SCHEMA && schema <= MAX_EXPONENTIAL_SCHEMA;
}

/** Whether a schema may be received: custom, or exponential, also of a resolution that has to be reduced first. */
export function isKnownSchema(schema: number): boolean {
  return schema === CUSTOM_BUCKETS_SCHEMA || (schema >= MIN_KNOWN_SCHEMA && schema <= MAX_KNOWN_SCHEMA);
}

/** Whether the buckets of a histogram are given by `customValues`. */
export function usesCustomBuckets(h: FloatHistogram): boolean {
  return h.schema === CUSTOM_BUCKETS_SCHEMA;
}

/** Whether two lists of custom bounds are the same. */
export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
