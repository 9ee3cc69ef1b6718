import { jaegerSpanWarnings } from '../jaeger-api/jaeger-model.ts';
import { withOwnIds } from '../jaeger-api/own-ids.ts';
import { writeOtlpResource, writeOtlpScope, writeOtlpSpan, writeTracesData, type WrittenSpan } from '../otlp/encode-protobuf.ts';
import type { Attributes, Span, Trace } from '../trace-backend.ts';
import { fitSpan } from './fit-span.ts';
import { writeList, writeProcess, writeSpan } from './write-messages.ts';

/** How large messages get, in bytes: clients of gRPC refuse more than 4 MiB unless told otherwise. */
export interface ChunkSizes {
  /** A message is sent when it has about this many. */
  readonly chunk: number;
  /** What one span may take, which cannot be divided. More than `chunk`. */
  readonly span: number;
}
const SIZES: ChunkSizes = { chunk: 512 * 1024, span: 3 * 1024 * 1024 };
/** How much is kept of a span that is too large: so little that it fits whatever it is made of, as sizes are only estimated then. */
const KEPT = 1 / 4;
const CUT = 'this span is larger than a message of gRPC may be, so some of it was cut off; the HTTP API gives it whole';
const LENGTH_BYTES = 4;
/** Where Jaeger looks for warnings in OTLP (internal/jptrace/attributes.go). */
const WARNINGS_ATTRIBUTE = '@jaeger@warnings';

/** The spans of a trace as SpansResponseChunk messages of api_v2, none of them large. */
export function* modelChunks({ spans: stored }: Pick<Trace, 'spans'>, raw: boolean, sizes = SIZES): Generator<Uint8Array> {
  const spans = raw ? stored : withOwnIds(stored);
  const warningsOf = raw ? () => [] : jaegerSpanWarnings(spans);
  const processes = new WeakMap<Attributes, Uint8Array>();
  yield* chunksOf(
    spans,
    (span) => {
      let process = processes.get(span.resource);
      if (process === undefined) processes.set(span.resource, (process = writeProcess(span, raw)));
      const written = writeSpan(span, { process, warnings: warningsOf(span), raw });
      if (written.length <= sizes.span) return written;
      const fitted = fitSpan(span, sizes.span * KEPT);
      return writeSpan(fitted, { process: writeProcess(fitted, raw), warnings: [...warningsOf(span), CUT], raw });
    },
    sizes,
  );
}

/** Items, written one by one, in messages whose field 1 they are, none of them large unless one item is. */
export function* chunksOf<T>(items: readonly T[], write: (item: T) => Uint8Array, sizes = SIZES): Generator<Uint8Array> {
  let chunk: Uint8Array[] = [];
  let bytes = 0;
  for (const item of items) {
    const written = write(item);
    if (bytes > 0 && bytes + written.length > sizes.chunk) {
      yield writeList(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(written);
    bytes += written.length;
  }
  if (chunk.length > 0) yield writeList(chunk);
}

/** The spans of a trace as OTLP TracesData messages, none of them large. */
export function* otlpChunks({ spans }: Pick<Trace, 'spans'>, sizes = SIZES): Generator<Uint8Array> {
  const sizeOfSource = sourceSizes();
  let chunk: WrittenSpan[] = [];
  let sources = new Set<object>();
  let bytes = 0;
  for (const span of spans) {
    let written: WrittenSpan = { span, bytes: writeOtlpSpan(span) };
    let source = sizeOfSource(span);
    if (written.bytes.length + source > sizes.span) {
      const fitted = marked(fitSpan(span, sizes.span * KEPT));
      written = { span: fitted, bytes: writeOtlpSpan(fitted) };
      source = sizeOfSource(fitted);
    }
    const { resource, scope } = written.span;
    // Those of one resource and scope name it once; what differs in one of both is counted as a whole, which is more than it takes.
    const more = written.bytes.length + (sources.has(resource) && sources.has(scope) ? 0 : source);
    if (bytes > 0 && bytes + more > sizes.chunk) {
      yield writeTracesData(chunk);
      chunk = [];
      sources = new Set();
      bytes = 0;
    }
    chunk.push(written);
    sources.add(resource).add(scope);
    bytes += bytes === 0 ? written.bytes.length + source : more;
  }
  if (chunk.length > 0) yield writeTracesData(chunk);
}

/** Messages behind their lengths, as one block of bytes that can go to another thread. */
export function joinChunks(chunks: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const all = [...chunks];
  const joined = new Uint8Array(all.reduce((sum, chunk) => sum + LENGTH_BYTES + chunk.length, 0));
  const view = new DataView(joined.buffer);
  let at = 0;
  for (const chunk of all) {
    view.setUint32(at, chunk.length);
    joined.set(chunk, at + LENGTH_BYTES);
    at += LENGTH_BYTES + chunk.length;
  }
  return joined;
}

/** The messages that were joined; they stay where they are. */
export function* splitChunks(joined: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(joined.buffer, joined.byteOffset, joined.byteLength);
  for (let at = 0; at < joined.length; ) {
    const length = view.getUint32(at);
    yield joined.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
    at += LENGTH_BYTES + length;
  }
}

/** How many bytes the resource and scope of a span take. */
function sourceSizes(): (span: Span) => number {
  const sizes = new WeakMap<object, number>();
  const sizeOf = (of: object, write: () => Uint8Array): number => {
    const known = sizes.get(of);
    if (known !== undefined) return known;
    const size = write().length;
    sizes.set(of, size);
    return size;
  };
  return (span) => sizeOf(span.resource, () => writeOtlpResource(span)) + sizeOf(span.scope, () => writeOtlpScope(span)) + (span.resourceSchemaUrl?.length ?? 0) + (span.scope.schemaUrl?.length ?? 0);
}

function marked(span: Span): Span {
  return { ...span, attributes: { ...span.attributes, [WARNINGS_ATTRIBUTE]: [CUT] } };
}
