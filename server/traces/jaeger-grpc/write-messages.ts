import protobuf, { type Writer } from 'protobufjs';
import type { DependencyLink } from '../jaeger-api/dependencies.ts';
import { jaegerProcess, jaegerSpan, type JaegerKeyValue, type JaegerProcess, type JaegerReference } from '../jaeger-api/jaeger-model.ts';
import type { V3TraceSummary } from '../jaeger-api/trace-summary.ts';
import type { Span } from '../trace-backend.ts';

const SECOND = 1_000_000_000n;
/** Wire types (protobuf.dev/programming-guides/encoding). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const VALUE_TYPES: Readonly<Record<JaegerKeyValue['type'], number>> = { string: 0, bool: 1, int64: 2, float64: 3, binary: 4 };

/** GetServicesResponse of both versions (jaeger-idl proto/api_v2/query.proto, proto/api_v3/query_service.proto). */
export function writeServices(services: readonly string[]): Uint8Array {
  return message((w) => {
    for (const service of services) text(w, 1, service);
  });
}

/** GetOperationsResponse. In api_v2 the names stand alone besides, for clients of before there were kinds. */
export function writeOperations(operations: readonly { readonly name: string; readonly spanKind: string }[], version: 'v2' | 'v3'): Uint8Array {
  return message((w) => {
    if (version === 'v2') for (const name of new Set(operations.map((o) => o.name))) text(w, 1, name);
    for (const { name, spanKind } of operations) {
      nested(w, version === 'v2' ? 2 : 1, () => {
        text(w, 1, name);
        text(w, 2, spanKind);
      });
    }
  });
}

/** GetDependenciesResponse, which api_v3 calls DependenciesResponse. */
export function writeDependencies(links: readonly DependencyLink[]): Uint8Array {
  return message((w) => {
    for (const { parent, child, callCount } of links) {
      nested(w, 1, () => {
        text(w, 1, parent);
        text(w, 2, child);
        if (callCount > 0) w.uint32(tag(3, VARINT)).uint64(callCount);
      });
    }
  });
}

/** FindTraceSummariesResponse of api_v3. */
export function writeSummaries(summaries: readonly V3TraceSummary[]): Uint8Array {
  return message((w) => {
    for (const summary of summaries) {
      nested(w, 1, () => {
        text(w, 1, summary.traceId);
        text(w, 2, summary.rootServiceName);
        text(w, 3, summary.rootOperationName);
        w.uint32(tag(4, FIXED64)).fixed64(summary.minStartTimeUnixNano);
        w.uint32(tag(5, FIXED64)).fixed64(summary.maxEndTimeUnixNano);
        count(w, 6, summary.spanCount);
        count(w, 7, summary.errorSpanCount);
        count(w, 8, summary.orphanSpanCount);
        for (const service of summary.services) {
          nested(w, 9, () => {
            text(w, 1, service.name);
            count(w, 2, service.spanCount);
            count(w, 3, service.errorSpanCount);
          });
        }
      });
    }
  });
}

/** A Process of api_v2, which the spans of one resource have in common. */
export function writeProcess(span: Span, raw: boolean): Uint8Array {
  const { serviceName, tags }: JaegerProcess = jaegerProcess(span, raw);
  return message((w) => {
    text(w, 1, serviceName);
    for (const given of tags) keyValue(w, 2, given);
  });
}

/** A Span of api_v2 (jaeger-idl proto/api_v2/model.proto), with nanoseconds. `process`: as `writeProcess` gives it. */
export function writeSpan(span: Span, { process, warnings, raw }: { readonly process: Uint8Array; readonly warnings: readonly string[]; readonly raw: boolean }): Uint8Array {
  const { references, startUnixNano, durationNano, tags, logs } = jaegerSpan(span, raw);
  return message((w) => {
    id(w, 1, span.traceId);
    id(w, 2, span.spanId);
    text(w, 3, span.name);
    for (const given of references) reference(w, given);
    if (span.flags !== undefined) count(w, 5, span.flags);
    time(w, 6, startUnixNano);
    time(w, 7, durationNano);
    for (const given of tags) keyValue(w, 8, given);
    for (const { unixNano, fields } of logs) {
      nested(w, 9, () => {
        time(w, 1, unixNano);
        for (const field of fields) keyValue(w, 2, field);
      });
    }
    w.uint32(tag(10, BYTES)).bytes(process);
    for (const warning of warnings) text(w, 12, warning);
  });
}

/** Messages as the items of field 1 of one: SpansResponseChunk of spans. */
export function writeList(items: readonly Uint8Array[]): Uint8Array {
  return message((w) => {
    for (const item of items) w.uint32(tag(1, BYTES)).bytes(item);
  });
}

function reference(w: Writer, { refType, traceId, spanId }: JaegerReference): void {
  nested(w, 4, () => {
    id(w, 1, traceId);
    id(w, 2, spanId);
    count(w, 3, refType === 'FOLLOWS_FROM' ? 1 : 0);
  });
}

function keyValue(w: Writer, field: number, { key, type, value }: JaegerKeyValue): void {
  nested(w, field, () => {
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
        w.uint32(tag(5, VARINT)).int64(typeof value === 'number' ? value : String(value));
        break;
      case 'float64':
        w.uint32(tag(6, FIXED64)).double(Number(value));
        break;
      case 'binary':
        w.uint32(tag(7, BYTES)).bytes(Buffer.from(String(value), 'base64'));
    }
  });
}

/** Timestamp, or Duration, of nanoseconds that are not negative. */
function time(w: Writer, field: number, nano: bigint): void {
  nested(w, field, () => {
    const seconds = nano / SECOND;
    if (seconds > 0n) w.uint32(tag(1, VARINT)).int64(Number(seconds));
    count(w, 2, Number(nano % SECOND));
  });
}

function id(w: Writer, field: number, hex: string): void {
  w.uint32(tag(field, BYTES)).bytes(Buffer.from(hex, 'hex'));
}

/** An empty text is not sent. One that is not well formed would be refused by the other side. */
function text(w: Writer, field: number, value: string): void {
  if (value !== '') w.uint32(tag(field, BYTES)).string(value.toWellFormed());
}

function count(w: Writer, field: number, value: number): void {
  if (value > 0) w.uint32(tag(field, VARINT)).uint32(value);
}

function nested(w: Writer, field: number, write: () => void): void {
  w.uint32(tag(field, BYTES)).fork();
  write();
  w.ldelim();
}

function message(write: (w: Writer) => void): Uint8Array {
  const w = protobuf.Writer.create();
  write(w);
  return w.finish();
}

function tag(field: number, wireType: number): number {
  return field * 8 + wireType;
}
