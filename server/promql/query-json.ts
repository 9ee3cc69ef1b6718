import { formatApiFloat } from './go-number.ts';
import type { QueryAnswer, QueryJson, QueryValue, SamplePair } from './metrics-backend.ts';

const TRUNCATED = 'results truncated due to limit';

/** A query's value as the `data` of Prometheus' JSON: values are strings, because JSON has no NaN and infinities. `limit` cuts vectors and matrices. */
export function queryData({ resultType, result }: QueryValue, limit?: number): { readonly data: unknown; readonly truncated: boolean } {
  switch (resultType) {
    case 'vector':
      return { data: { resultType, result: result.slice(0, limit).map(({ metric, value }) => ({ metric, value: pair(value) })) }, truncated: result.length > (limit ?? Infinity) };
    case 'matrix':
      return { data: { resultType, result: result.slice(0, limit).map(({ metric, values }) => ({ metric, values: values.map(pair) })) }, truncated: result.length > (limit ?? Infinity) };
    case 'scalar':
      return { data: { resultType, result: pair(result) }, truncated: false };
    case 'string':
      return { data: { resultType, result }, truncated: false };
  }
}

/** A whole answer in the form the HTTP API hands on. */
export function toQueryJson(answer: QueryAnswer, limit?: number): QueryJson {
  const { data, truncated } = queryData(answer.value, limit);
  return { data: new TextEncoder().encode(JSON.stringify(data)), infos: answer.infos, warnings: truncated ? [...answer.warnings, TRUNCATED] : answer.warnings };
}

function pair([time, value]: SamplePair): [number, string] {
  return [time, formatApiFloat(value)];
}
