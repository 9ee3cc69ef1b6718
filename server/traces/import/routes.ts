import { defineRoute, type Route } from '#server/http/route.ts';
import { ServerError } from '#server/server-error.ts';
import { readTraceId } from '#server/traces/read-trace-id.ts';
import type { TraceBackend } from '#server/traces/trace-backend.ts';
import { workInPlace, writeTrace, type TraceWork } from '#server/traces/work/trace-work.ts';
import { fileEncoding, traceFile, tracesFile } from './export-traces.ts';
import { createTraceImport, MAX_FILE_BYTES, type ImportOptions } from './import-traces.ts';
import { ExportTraceQuery, ExportTracesBody, ImportTracesResponse } from './schemas.ts';

/** Traces as files: out of any backend. */
export function traceExportRoutes({ traces, work = workInPlace }: { readonly traces: Pick<TraceBackend, 'get' | 'packed'>; readonly work?: TraceWork }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/traces/:id/otlp',
      scope: 'view',
      summary: 'One trace as a file: an OTLP document as it was received, or by `format` as JSON lines, protobuf or Jaeger’s JSON.',
      query: ExportTraceQuery,
      handle: async ({ params, query }) => {
        const traceId = readTraceId(params['id']);
        const written = await writeTrace(work, traces, traceId, fileEncoding(query.format));
        if (written === undefined) throw new ServerError('not-found', `No span of trace ${traceId} is stored.`, { hint: 'It may be older than what is kept, not sampled, or not sent yet.' });
        return traceFile(traceId, written, query.format);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/traces/export',
      scope: 'view',
      summary: 'Traces as a file with a line of OTLP JSON for each; those that are not stored are left out.',
      body: ExportTracesBody,
      handle: async ({ body }) => {
        const ids = [...new Set(body.traceIds.map((id) => readTraceId(id)))].values();
        const line = (id: string): Promise<Uint8Array<ArrayBuffer> | undefined> => writeTrace(work, traces, id, fileEncoding('jsonl'));
        const first = await firstOf(ids, line);
        if (first === undefined) throw new ServerError('not-found', 'None of these traces is stored.', { hint: 'They may be older than what is kept.' });
        return tracesFile(first, ids, line);
      },
    }),
  ];
}

/** Traces of files: into the embedded store. */
export function traceImportRoutes(options: ImportOptions): Route[] {
  const importTraces = createTraceImport(options);
  return [
    defineRoute({
      method: 'POST',
      path: '/api/traces/import',
      scope: 'edit',
      summary: 'Stores the traces of a file: OTLP JSON (one document, or one in each line), Jaeger’s or Zipkin’s JSON; gzip is taken off.',
      rawBody: 'bytes',
      bodyType: 'application/octet-stream',
      maxBodyBytes: MAX_FILE_BYTES,
      response: ImportTracesResponse,
      handle: async ({ body }) => {
        const file: unknown = body;
        if (!(file instanceof Uint8Array)) throw new TypeError('the body of an import was not read as bytes');
        return importTraces(file);
      },
    }),
  ];
}

/** The first that is found; what follows it stays in the iterator. */
async function firstOf<T>(ids: Iterator<string>, find: (traceId: string) => Promise<T | undefined>): Promise<T | undefined> {
  for (let next = ids.next(); next.done !== true; next = ids.next()) {
    const found = await find(next.value);
    if (found !== undefined) return found;
  }
  return undefined;
}
