import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { TextCache } from '#server/traces/otlp/text-cache.ts';
import { WireReader } from '#server/traces/otlp/wire-reader.ts';

/** By their number in the enum Span.Kind. */
const KINDS = ['', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];

/** Only remembers texts, so all requests may share it. */
const texts = new TextCache();

/**
 * The spans of a ListOfSpans in protobuf (openzipkin/zipkin-api zipkin.proto, whose field numbers stand below) as they
 * would stand in Zipkin's JSON. Unknown fields are gone past. Throws OtlpDecodeError, with the place, for other bytes.
 */
export function readZipkinProtobuf(body: Uint8Array): Record<string, unknown>[] {
  const r = new WireReader(body, texts);
  const spans: Record<string, unknown>[] = [];
  readFields(r, r.limit, 1, (tag) => {
    if (tag !== bytes(1)) return false;
    spans.push(readSpan(r));
    return true;
  });
  return spans;
}

function readSpan(r: WireReader): Record<string, unknown> {
  const annotations: object[] = [];
  const tags: Record<string, string> = {};
  const span: Record<string, unknown> = { annotations, tags };
  readFields(r, r.end(), 13, (tag) => {
    switch (tag) {
      case bytes(1):
        span['traceId'] = r.hex();
        return true;
      case bytes(2):
        span['parentId'] = r.hex();
        return true;
      case bytes(3):
        span['id'] = r.hex();
        return true;
      case varint(4):
        span['kind'] = KINDS[r.uint32()] ?? 'UNKNOWN';
        return true;
      case bytes(5):
        span['name'] = r.text();
        return true;
      case fixed64(6):
        span['timestamp'] = given(r.fixed64());
        return true;
      case varint(7):
        span['duration'] = given(r.int64());
        return true;
      case bytes(8):
        span['localEndpoint'] = readEndpoint(r);
        return true;
      case bytes(9):
        span['remoteEndpoint'] = readEndpoint(r);
        return true;
      case bytes(10):
        annotations.push(readAnnotation(r));
        return true;
      case bytes(11): {
        const { key, value } = readTag(r);
        // Defined, not set: __proto__ is a key like others.
        Object.defineProperty(tags, key, { value, enumerable: true, configurable: true, writable: true });
        return true;
      }
      case varint(12):
        span['debug'] = r.bool();
        return true;
      case varint(13):
        span['shared'] = r.bool();
        return true;
      default:
        return false;
    }
  });
  return span;
}

function readEndpoint(r: WireReader): object {
  const endpoint: Record<string, unknown> = {};
  readFields(r, r.end(), 4, (tag) => {
    if (tag === bytes(1)) endpoint['serviceName'] = r.text();
    else if (tag === bytes(2)) endpoint['ipv4'] = addressOf(r.hex(), 4);
    else if (tag === bytes(3)) endpoint['ipv6'] = addressOf(r.hex(), 16);
    else if (tag === varint(4)) endpoint['port'] = r.int32();
    else return false;
    return true;
  });
  return endpoint;
}

function readAnnotation(r: WireReader): object {
  const annotation: Record<string, unknown> = {};
  readFields(r, r.end(), 2, (tag) => {
    if (tag === fixed64(1)) annotation['timestamp'] = Number(r.fixed64());
    else if (tag === bytes(2)) annotation['value'] = r.text();
    else return false;
    return true;
  });
  return annotation;
}

function readTag(r: WireReader): { readonly key: string; readonly value: string } {
  const entry = { key: '', value: '' };
  readFields(r, r.end(), 2, (tag) => {
    if (tag === bytes(1)) entry.key = r.text();
    else if (tag === bytes(2)) entry.value = r.text();
    else return false;
    return true;
  });
  return entry;
}

/** Reads a message that ends at `end`; `read` says whether it knew the field. Messages lie three deep at most. */
function readFields(r: WireReader, end: number, known: number, read: (tag: number) => boolean): void {
  const outer = r.limit;
  r.limit = end;
  while (r.pos < end) {
    const tag = r.tag();
    if (!read(tag)) r.skip(tag, known);
  }
  r.limit = outer;
}

/** Protobuf does not tell 0 from absent. */
function given(micro: number | bigint): number | undefined {
  return Number(micro) === 0 ? undefined : Number(micro);
}

function addressOf(hex: string, length: 4 | 16): string | undefined {
  if (hex === '') return undefined;
  if (hex.length !== length * 2) throw new OtlpDecodeError(`an address of ${length} bytes has ${hex.length / 2}`);
  if (length === 4) return [...Buffer.from(hex, 'hex')].join('.');
  // A URL knows the short form.
  return new URL(`http://[${hex.match(/.{4}/g)?.join(':') ?? ''}]`).hostname.slice(1, -1);
}

function varint(field: number): number {
  return field << 3;
}
function fixed64(field: number): number {
  return (field << 3) | 1;
}
function bytes(field: number): number {
  return (field << 3) | 2;
}
