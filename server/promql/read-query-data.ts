import type { Labels } from '#server/timeseries/storage.ts';
import type { QueryValue, SamplePair } from './metrics-backend.ts';

type PairJson = readonly [time: number, value: string];
type DataJson =
  | { readonly resultType: 'vector'; readonly result: readonly { readonly metric: Labels; readonly value?: PairJson }[] }
  | { readonly resultType: 'matrix'; readonly result: readonly { readonly metric: Labels; readonly values?: readonly PairJson[] }[] }
  | { readonly resultType: 'scalar'; readonly result: PairJson }
  | { readonly resultType: 'string'; readonly result: PairJson };

/**
 * A query's value out of the `data` of Prometheus' JSON that this program wrote itself (query-json.ts): its shape is not
 * checked. Native histograms are left out, because the JSON has only their buckets.
 */
export function readQueryData(data: Uint8Array): QueryValue {
  // Safe because toQueryJson wrote it.
  const { resultType, result } = JSON.parse(new TextDecoder().decode(data)) as DataJson;
  switch (resultType) {
    case 'vector':
      return { resultType, result: result.flatMap(({ metric, value }) => (value === undefined ? [] : [{ metric, value: readPair(value) }])) };
    case 'matrix':
      return { resultType, result: result.flatMap(({ metric, values }) => (values === undefined ? [] : [{ metric, values: values.map(readPair) }])) };
    case 'scalar':
      return { resultType, result: readPair(result) };
    case 'string':
      return { resultType, result };
  }
}

/** A time with a value as the API writes it: Go's shortest form, NaN, +Inf or -Inf. */
export function readPair([time, text]: PairJson): SamplePair {
  const value = Number(text);
  if (value === value) return [time, value];
  return [time, text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : NaN];
}
