import { writeBytes, writeDouble, writeFixed64, writeInt64, writeMessage, writeNested, writeText, writeUint, type Writer } from '#server/wire/protobuf-writer.ts';
import type { DependencyLink } from '../jaeger-api/dependencies.ts';
import { jaegerProcess, jaegerSpan, type JaegerKeyValue, type JaegerProcess, type JaegerReference } from '../jaeger-api/jaeger-model.ts';
import type { V3TraceSummary } from '../jaeger-api/trace-summary.ts';
import type { Span } from '../trace-backend.ts';

const SECOND = 1_000_000_000n;
const VALUE_TYPES: Readonly<Record<JaegerKeyValue['type'], number>> = { string: 0, bool: 1, int64: 2, float64: 3, binary: 4 };

/** GetServicesResponse of both versions (jaeger-idl proto/api_v2/query.proto, proto/api_v3/query_service.proto). */
export function writeServices(services: readonly string[]): Uint8Array {
  return writeMessage((w) => {
    for (const service of services) text(w, 1, service);
  });
}

/** GetOperationsResponse. In api_v2 the names stand alone besides, for clients of before there were kinds. */
export function writeOperations(operations: readonly { readonly name: string; readonly spanKind: string }[], version: 'v2' | 'v3'): Uint8Array {
  return writeMessage((w) => {
    if (version === 'v2') for (const name of new Set(operations.map((o) => o.name))) text(w, 1, name);
    for (const { name, spanKind } of operations) {
      writeNested(w, version === 'v2' ? 2 : 1, () => {
        text(w, 1, name);
        text(w, 2, spanKind);
      });
    }
  });
}

/** GetDependenciesResponse, which api_v3 calls DependenciesResponse. */
export function writeDependencies(links: readonly DependencyLink[]): Uint8Array {
  return writeMessage((w) => {
    for (const { parent, child, callCount } of links) {
      writeNested(w, 1, () => {
        text(w, 1, parent);
        text(w, 2, child);
        count(w, 3, callCount);
      });
    }
  });
}

/** A TraceSummary of api_v3. */
export function writeSummary(summary: V3TraceSummary): Uint8Array {
  return writeMessage((w) => {
    text(w, 1, summary.traceId);
    text(w, 2, summary.rootServiceName);
    text(w, 3, summary.rootOperationName);
    writeFixed64(w, 4, summary.minStartTimeUnixNano);
    writeFixed64(w, 5, summary.maxEndTimeUnixNano);
    count(w, 6, summary.spanCount);
    count(w, 7, summary.errorSpanCount);
    count(w, 8, summary.orphanSpanCount);
    for (const service of summary.services) {
      writeNested(w, 9, () => {
        text(w, 1, service.name);
        count(w, 2, service.spanCount);
        count(w, 3, service.errorSpanCount);
      });
    }
  });
}

/** A Process of api_v2, which the spans of one resource have in common. */
export function writeProcess(span: Span, raw: boolean): Uint8Array {
  const { serviceName, tags }: JaegerProcess = jaegerProcess(span, raw);
  return writeMessage((w) => {
    text(w, 1, serviceName);
    for (const given of tags) keyValue(w, 2, given);
  });
}

/**
 * A Span of api_v2 (jaeger-idl proto/api_v2/model.proto), with nanoseconds. `process`: as `writeProcess` gives it. Flags are left out as
 * Jaeger leaves them out: the bits of OTLP's mean something else there.
 */
export function writeSpan(span: Span, { process, warnings, raw }: { readonly process: Uint8Array; readonly warnings: readonly string[]; readonly raw: boolean }): Uint8Array {
  const { references, startUnixNano, durationNano, tags, logs } = jaegerSpan(span, raw);
  return writeMessage((w) => {
    id(w, 1, span.traceId);
    id(w, 2, span.spanId);
    text(w, 3, span.name);
    for (const given of references) reference(w, given);
    time(w, 6, startUnixNano);
    time(w, 7, durationNano);
    for (const given of tags) keyValue(w, 8, given);
    for (const { unixNano, fields } of logs) {
      writeNested(w, 9, () => {
        time(w, 1, unixNano);
        for (const field of fields) keyValue(w, 2, field);
      });
    }
    writeBytes(w, 10, process);
    for (const warning of warnings) text(w, 12, warning);
  });
}

/** Messages as the items of field 1 of one: SpansResponseChunk of spans, FindTraceSummariesResponse of summaries. */
export function writeList(items: readonly Uint8Array[]): Uint8Array {
  return writeMessage((w) => {
    for (const item of items) writeBytes(w, 1, item);
  });
}

function reference(w: Writer, { refType, traceId, spanId }: JaegerReference): void {
  writeNested(w, 4, () => {
    id(w, 1, traceId);
    id(w, 2, spanId);
    count(w, 3, refType === 'FOLLOWS_FROM' ? 1 : 0);
  });
}

function keyValue(w: Writer, field: number, { key, type, value }: JaegerKeyValue): void {
  writeNested(w, field, () => {
    text(w, 1, key);
    count(w, 2, VALUE_TYPES[type]);
    switch (type) {
      case 'string':
        text(w, 3, String(value));
        break;
      case 'bool':
        count(w, 4, value === true ? 1 : 0);
        break;
      case 'int64':
        if (value !== 0) writeInt64(w, 5, typeof value === 'number' ? value : String(value));
        break;
      case 'float64':
        if (value !== 0) writeDouble(w, 6, Number(value));
        break;
      case 'binary':
        writeBytes(w, 7, Buffer.from(String(value), 'base64'));
    }
  });
}

/** Timestamp, or Duration, of nanoseconds that are not negative. */
function time(w: Writer, field: number, nano: bigint): void {
  writeNested(w, field, () => {
    const seconds = nano / SECOND;
    count(w, 1, Number(seconds));
    count(w, 2, Number(nano % SECOND));
  });
}

function id(w: Writer, field: number, hex: string): void {
  writeBytes(w, field, Buffer.from(hex, 'hex'));
}

/** What is empty or 0 is not sent, as in Go. */
function text(w: Writer, field: number, value: string): void {
  if (value !== '') writeText(w, field, value);
}

function count(w: Writer, field: number, value: number): void {
  if (value > 0) writeUint(w, field, value);
}
