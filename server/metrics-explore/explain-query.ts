import type { z } from 'zod';
import { QueryError, type MetricsBackend } from '#server/promql/metrics-backend.ts';
import { ServerError, type ServerErrorCode } from '#server/server-error.ts';
import type { ExplainAnswer, ExplainQuery } from './schemas.ts';

/** Points of a range that a query may have, as in Prometheus' API. */
const MAX_POINTS = 11_000;

/** Runs a query and tells what each part of it gave. Throws ServerError; `not-found` when the backend cannot tell. */
export async function explainQuery({ metrics, input, signal }: { readonly metrics: Pick<MetricsBackend, 'explain'>; readonly input: z.infer<typeof ExplainQuery>; readonly signal: AbortSignal }): Promise<ExplainAnswer> {
  const { query, start, end = start, step } = input;
  if (end < start) throw new ServerError('bad-request', 'The range ends before it starts.');
  if (step !== undefined && (end - start) / step > MAX_POINTS) throw new ServerError('bad-request', 'The range has more than 11,000 points.', { hint: 'Take a longer step or a shorter range.' });
  try {
    return { parts: await metrics.explain({ query, start, ...(step === undefined ? {} : { end, step }), signal }) };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new ServerError(codeOf(error.errorType), error.message, { cause: error });
  }
}

function codeOf(errorType: QueryError['errorType']): ServerErrorCode {
  switch (errorType) {
    case 'bad_data':
      return 'bad-request';
    case 'execution':
    case 'canceled':
      return 'invalid';
    case 'timeout':
      return 'timeout';
    case 'unavailable':
      return 'not-found';
    case 'internal':
      return 'internal';
  }
}
