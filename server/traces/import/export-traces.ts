import { uiTrace } from '#server/traces/jaeger-api/ui-model.ts';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { toOtlpProtobuf } from '#server/traces/otlp/encode-protobuf.ts';
import type { Trace } from '#server/traces/trace-backend.ts';

/** `json`: one OTLP document; `jsonl`: one in a line of its own; `protobuf`: OTLP's TracesData; `jaeger`: the JSON of Jaeger's UI. */
export const EXPORT_FORMATS = ['json', 'jsonl', 'protobuf', 'jaeger'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const FILES: Readonly<Record<ExportFormat, { readonly type: string; readonly extension: string }>> = {
  json: { type: 'application/json; charset=utf-8', extension: 'json' },
  jsonl: { type: 'application/jsonl; charset=utf-8', extension: 'jsonl' },
  protobuf: { type: 'application/x-protobuf', extension: 'pb' },
  jaeger: { type: 'application/json; charset=utf-8', extension: 'jaeger.json' },
};

/** One trace as a file to download. Of all formats only Jaeger's loses something: microseconds, attributes of links, types. */
export function traceFile(trace: Trace, format: ExportFormat): Response {
  return new Response(encodeTrace(trace, format), { headers: fileHeaders(`trace-${trace.traceId}`, format) });
}

/**
 * Many traces as one file, a line of OTLP JSON for each, read one after another while the client takes them. `first` was read
 * already; of `rest`, what `find` does not know (any more) is left out.
 */
export function tracesFile(first: Trace, rest: Iterable<string>, find: (traceId: string) => Promise<Trace | undefined>): Response {
  const lines = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield encodeTrace(first, 'jsonl');
    for (const traceId of rest) {
      const trace = await find(traceId);
      if (trace !== undefined) yield encodeTrace(trace, 'jsonl');
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

function encodeTrace(trace: Trace, format: ExportFormat): Uint8Array<ArrayBuffer> {
  switch (format) {
    case 'json':
      return new TextEncoder().encode(JSON.stringify(toOtlpJson(trace.spans)));
    case 'jsonl':
      return new TextEncoder().encode(`${JSON.stringify(toOtlpJson(trace.spans))}\n`);
    case 'protobuf':
      return toOtlpProtobuf(trace.spans);
    case 'jaeger':
      return new TextEncoder().encode(JSON.stringify({ data: [uiTrace(trace, { raw: true })] }));
  }
}

function fileHeaders(name: string, format: ExportFormat): Record<string, string> {
  return { 'content-type': FILES[format].type, 'cache-control': 'no-store', 'content-disposition': `attachment; filename="${name}.${FILES[format].extension}"` };
}
