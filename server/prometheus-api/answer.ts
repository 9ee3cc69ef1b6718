import { formatApiFloat } from '#server/promql/go-number.ts';
import { QueryError, type QueryValue, type SamplePair } from '#server/promql/metrics-backend.ts';

/** Notes that go with an answer. */
export interface AnswerNotes {
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** A successful answer in Prometheus' envelope. */
export function success(data: unknown, { warnings = [], infos = [] }: AnswerNotes = {}): Response {
  return json({ status: 'success', data, ...(warnings.length > 0 ? { warnings } : {}), ...(infos.length > 0 ? { infos } : {}) }, 200);
}

/** A failure in Prometheus' envelope with its status code; errors that are not about the query are thrown on. */
export function failure(error: unknown): Response {
  if (!(error instanceof QueryError)) throw error;
  return json({ status: 'error', errorType: error.errorType, error: error.message }, statusOf(error.errorType));
}

/** Status codes of web/api/v1/api.go respondError. */
function statusOf(errorType: QueryError['errorType']): number {
  switch (errorType) {
    case 'bad_data':
      return 400;
    case 'execution':
      return 422;
    case 'canceled':
      return 499;
    case 'timeout':
    case 'unavailable':
      return 503;
    case 'internal':
      return 500;
  }
}

/** A query's value as JSON: values are strings, because JSON has no NaN and infinities. `limit` cuts vectors and matrices. */
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

function pair([time, value]: SamplePair): [number, string] {
  return [time, formatApiFloat(value)];
}

function json(body: unknown, status: number): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' } });
}
