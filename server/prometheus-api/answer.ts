import { BytesResponse } from '#server/http/bytes-response.ts';
import { QueryError, type QueryJson } from '#server/promql/metrics-backend.ts';

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

const HEAD = Buffer.from('{"status":"success","data":');

/** What an answer says when a limit cut it. */
export const TRUNCATED = 'results truncated due to limit';

/** Notes that go with an answer. */
export interface AnswerNotes {
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** A successful answer in Prometheus' envelope. */
export function success(data: unknown, { warnings = [], infos = [] }: AnswerNotes = {}): Response {
  return json({ status: 'success', data, ...(warnings.length > 0 ? { warnings } : {}), ...(infos.length > 0 ? { infos } : {}) }, 200);
}

/** A query's answer in the same envelope; its data is handed on as it is. */
export function successOfQuery({ data, warnings, infos }: QueryJson): Response {
  const rest = `${warnings.length > 0 ? `,"warnings":${JSON.stringify(warnings)}` : ''}${infos.length > 0 ? `,"infos":${JSON.stringify(infos)}` : ''}}`;
  return new BytesResponse([HEAD, data, Buffer.from(rest)], { status: 200, headers: HEADERS });
}

/** The list, cut to `limit` (undefined = none) with a warning that says so. */
export function successOfList(list: readonly unknown[], limit: number | undefined): Response {
  return limit !== undefined && list.length > limit ? success(list.slice(0, limit), { warnings: [TRUNCATED] }) : success(list);
}

/** A failure in Prometheus' envelope with its status code; errors that are not about the query are thrown on. */
export function failure(error: unknown, status?: number): Response {
  if (!(error instanceof QueryError)) throw error;
  return json({ status: 'error', errorType: error.errorType, error: error.message }, status ?? statusOf(error.errorType));
}

/** Status codes of web/api/v1/api.go getDefaultErrorCode, and 503 for what cannot be answered now. */
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

function json(body: unknown, status: number): Response {
  return new Response(JSON.stringify(body), { status, headers: HEADERS });
}
