import { errorFromAnswer } from '#components/api/api-error.ts';
import { csrfHeader } from '#components/api/http-client.ts';
import type { ImportTracesResponse } from '#server/traces/import/schemas.ts';

/** Downloads traces as one file of OTLP JSON lines. Throws ApiError. */
export async function exportTraces(traceIds: readonly string[]): Promise<void> {
  const answer = await send('/api/traces/export', { 'content-type': 'application/json' }, JSON.stringify({ traceIds }));
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = traceIds.length === 1 ? `trace-${traceIds[0] ?? ''}.jsonl` : `traces-${traceIds.length}.jsonl`;
  link.click();
  URL.revokeObjectURL(url);
}

/** Stores the traces of a file: Jaeger JSON, OTLP JSON or JSON lines, Zipkin. Throws ApiError with the place of what cannot be read. */
export async function importTraces(file: File): Promise<ImportTracesResponse> {
  const answer = await send('/api/traces/import', { 'content-type': 'application/octet-stream' }, file);
  // Safe because the route's answer has this shape.
  return (await answer.json()) as ImportTracesResponse;
}

async function send(path: string, headers: Readonly<Record<string, string>>, body: BodyInit): Promise<Response> {
  const answer = await fetch(path, { method: 'POST', headers: { accept: 'application/json', ...headers, ...csrfHeader() }, body, credentials: 'same-origin', cache: 'no-store' });
  if (answer.ok) return answer;
  const json: unknown = await answer.json().catch(() => undefined);
  throw errorFromAnswer(answer.status, json, answer.headers.get('x-request-id'));
}
