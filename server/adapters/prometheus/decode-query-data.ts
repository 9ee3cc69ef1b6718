import type { HistogramPair, MatrixElement, QueryValue, SamplePair, VectorElement } from '#server/promql/metrics-backend.ts';
import { readPair } from '#server/promql/read-query-data.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { decodeHistogram, type HistogramJson } from './decode-histogram.ts';

/**
 * A query's value out of the `data` that a server answered; undefined when it has another form. Checked by hand, because a schema
 * takes several times as long for the hundreds of thousands of points of a long range.
 */
export function decodeQueryData(data: unknown): QueryValue | undefined {
  if (!isRecord(data)) return undefined;
  const { resultType, result } = data;
  if (resultType === 'scalar') return isPair(result) ? { resultType, result: readPair(result) } : undefined;
  if (resultType === 'string') return isPair(result) ? { resultType, result } : undefined;
  if (!Array.isArray(result)) return undefined;
  const elements: readonly unknown[] = result;
  if (resultType === 'vector') return whole(elements.map(decodeVectorElement), (decoded) => ({ resultType, result: decoded }));
  return resultType === 'matrix' ? whole(elements.map(decodeMatrixElement), (decoded) => ({ resultType, result: decoded })) : undefined;
}

function decodeVectorElement(element: unknown): VectorElement | undefined {
  if (!isRecord(element) || !isLabels(element['metric'])) return undefined;
  const { metric, value, histogram } = element;
  if (isPair(value)) return { metric, value: readPair(value) };
  const pair = decodeHistogramPair(histogram);
  return pair === undefined ? undefined : { metric, value: [pair[0], NaN], histogram: pair[1] };
}

function decodeMatrixElement(element: unknown): MatrixElement | undefined {
  if (!isRecord(element) || !isLabels(element['metric'])) return undefined;
  const { metric, values = [], histograms } = element;
  if (!Array.isArray(values) || !(histograms === undefined || Array.isArray(histograms))) return undefined;
  const points: readonly unknown[] = values;
  const decoded: SamplePair[] = [];
  for (const point of points) {
    if (!isPair(point)) return undefined;
    decoded.push(readPair(point));
  }
  if (histograms === undefined) return { metric, values: decoded };
  const pairs: readonly unknown[] = histograms;
  return whole(pairs.map(decodeHistogramPair), (all) => ({ metric, values: decoded, histograms: all }));
}

function decodeHistogramPair(pair: unknown): HistogramPair | undefined {
  if (!Array.isArray(pair)) return undefined;
  const [time, json]: readonly unknown[] = pair;
  if (typeof time !== 'number' || !isHistogram(json)) return undefined;
  const histogram = decodeHistogram(json);
  return histogram === undefined ? undefined : [time, histogram];
}

/** The result of `make` when every part was understood. */
function whole<T, R>(parts: readonly (T | undefined)[], make: (parts: readonly T[]) => R): R | undefined {
  const known = parts.filter((part): part is T & {} => part !== undefined);
  return known.length === parts.length ? make(known) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLabels(value: unknown): value is Labels {
  return isRecord(value) && Object.values(value).every((one) => typeof one === 'string');
}

function isPair(value: unknown): value is readonly [number, string] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'string';
}

function isHistogram(value: unknown): value is HistogramJson {
  if (!isRecord(value) || typeof value['count'] !== 'string' || typeof value['sum'] !== 'string') return false;
  const { buckets = [] } = value;
  return Array.isArray(buckets) && buckets.every((bucket) => Array.isArray(bucket) && bucket.length === 4 && bucket.slice(1).every((part) => typeof part === 'string'));
}
