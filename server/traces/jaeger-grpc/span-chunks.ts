import { jaegerSpanWarnings } from '../jaeger-api/jaeger-model.ts';
import { toOtlpProtobuf } from '../otlp/encode-protobuf.ts';
import type { Attributes, Span, Trace } from '../trace-backend.ts';
import { fitSpan } from './fit-span.ts';
import { writeList, writeProcess, writeSpan } from './write-messages.ts';

/** A message is sent when it has about this many bytes: clients of gRPC refuse more than 4 MiB unless told otherwise. */
const CHUNK_BYTES = 512 * 1024;
/** What one span may take, which cannot be divided. */
const MAX_SPAN_BYTES = 3 * 1024 * 1024;
/** What is kept of a span that takes more: less than the above whatever it is made of, as sizes are only estimated then. */
const FITTED_BYTES = MAX_SPAN_BYTES / 4;
const MOST_SPANS = 2048;
const CUT = 'this span is larger than a message of gRPC may be, so some of it was cut off; the HTTP API gives it whole';
/** Where Jaeger looks for warnings in OTLP (internal/jptrace/attributes.go). */
const WARNINGS_ATTRIBUTE = '@jaeger@warnings';

/** The spans of a trace as SpansResponseChunk messages of api_v2, none of them large. Nothing is written before it is asked for. */
export function* modelChunks({ spans }: Trace, raw: boolean): Generator<Uint8Array> {
  const warningsOf = raw ? () => [] : jaegerSpanWarnings(spans);
  const processes = new WeakMap<Attributes, Uint8Array>();
  let chunk: Uint8Array[] = [];
  let bytes = 0;
  for (const span of spans) {
    let process = processes.get(span.resource);
    if (process === undefined) processes.set(span.resource, (process = writeProcess(span, raw)));
    let written = writeSpan(span, { process, warnings: warningsOf(span), raw });
    if (written.length > MAX_SPAN_BYTES) {
      const fitted = fitSpan(span, FITTED_BYTES);
      written = writeSpan(fitted, { process: writeProcess(fitted, raw), warnings: [...warningsOf(span), CUT], raw });
    }
    if (bytes > 0 && bytes + written.length > CHUNK_BYTES) {
      yield writeList(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(written);
    bytes += written.length;
  }
  if (chunk.length > 0) yield writeList(chunk);
}

/** The spans of a trace as OTLP TracesData messages, none of them large. Nothing is written before it is asked for. */
export function* otlpChunks({ spans }: Trace): Generator<Uint8Array> {
  let many = 64;
  for (let next = 0; next < spans.length; ) {
    const some = spans.slice(next, next + many);
    const written = toOtlpProtobuf(some);
    const [first] = some;
    if (written.length > MAX_SPAN_BYTES && some.length > 1) {
      many = Math.ceil(some.length / 2);
      continue;
    }
    yield written.length > MAX_SPAN_BYTES && first !== undefined ? toOtlpProtobuf([marked(fitSpan(first, FITTED_BYTES))]) : written;
    next += some.length;
    many = Math.max(1, Math.min(MOST_SPANS, Math.floor((CHUNK_BYTES * some.length) / Math.max(1, written.length))));
  }
}

function marked(span: Span): Span {
  return { ...span, attributes: { ...span.attributes, [WARNINGS_ATTRIBUTE]: [CUT] } };
}
