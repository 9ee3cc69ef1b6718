import { BytesResponse } from '#server/http/bytes-response.ts';
import type { TraceEncoding } from '#server/traces/work/encode-trace.ts';

/** `json`: one OTLP document; `jsonl`: one in a line of its own; `protobuf`: OTLP's TracesData; `jaeger`: the JSON of Jaeger's UI. */
export const EXPORT_FORMATS = ['json', 'jsonl', 'protobuf', 'jaeger'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const FILES: Readonly<Record<ExportFormat, { readonly type: string; readonly extension: string }>> = {
  json: { type: 'application/json; charset=utf-8', extension: 'json' },
  jsonl: { type: 'application/jsonl; charset=utf-8', extension: 'jsonl' },
  protobuf: { type: 'application/x-protobuf', extension: 'pb' },
  jaeger: { type: 'application/json; charset=utf-8', extension: 'jaeger.json' },
};

/** How a trace is written for a file. Of all formats only Jaeger's loses something: microseconds, attributes of links, types. */
export function fileEncoding(format: ExportFormat): TraceEncoding {
  switch (format) {
    case 'json':
      return { as: 'otlp-json' };
    case 'jsonl':
      return { as: 'otlp-json', line: true };
    case 'protobuf':
      return { as: 'otlp-protobuf' };
    case 'jaeger':
      return { as: 'jaeger', raw: true };
  }
}

/** One trace, written already, as a file to download. */
export function traceFile(traceId: string, written: Uint8Array, format: ExportFormat): Response {
  const parts = format === 'jaeger' ? [Buffer.from('{"data":['), written, Buffer.from(']}')] : [written];
  return new BytesResponse(parts, { headers: fileHeaders(`trace-${traceId}`, format) });
}

/**
 * Many traces as one file, a line of OTLP JSON for each, read one after another while the client takes them. `first` is
 * written already; of `rest`, what `write` does not know (any more) is left out.
 */
export function tracesFile(first: Uint8Array<ArrayBuffer>, rest: Iterable<string>, write: (traceId: string) => Promise<Uint8Array<ArrayBuffer> | undefined>): Response {
  const lines = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield first;
    for (const traceId of rest) {
      const line = await write(traceId);
      if (line !== undefined) yield line;
    }
  };
  const written = lines();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const next = await written.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await written.return(undefined);
    },
  });
  return new Response(body, { headers: fileHeaders('traces', 'jsonl') });
}

function fileHeaders(name: string, format: ExportFormat): Record<string, string> {
  return { 'content-type': FILES[format].type, 'cache-control': 'no-store', 'content-disposition': `attachment; filename="${name}.${FILES[format].extension}"` };
}
