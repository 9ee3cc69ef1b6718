import type { AttributeValue, Span, SpanKind } from '#server/traces/trace-backend.ts';
import { MAX_NANO, REJECTIONS, type DecodedSpans } from '#server/traces/otlp/assemble-spans.ts';
import { OtlpDecodeError, orMalformed } from '#server/traces/otlp/decode-error.ts';
import { rawId, rawList, rawMessage, rawText, type RawMessage } from '#server/traces/otlp/raw-fields.ts';
import { readZipkinProtobuf } from './read-zipkin-protobuf.ts';

const KINDS: Readonly<Record<string, SpanKind>> = { CLIENT: 'client', SERVER: 'server', PRODUCER: 'producer', CONSUMER: 'consumer' };
/** Exporters put the resource among the tags; these are never a span's own (OpenTelemetry's resource conventions). */
const OF_RESOURCE = /^(telemetry\.(sdk|distro)|host|k8s|container|cloud|os|process)\.|^service\.(name|version|namespace|instance\.id)$|^deployment\.environment(\.name)?$/;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Values = Record<string, AttributeValue>;

/**
 * The spans of a body of Zipkin's `POST /api/v2/spans` in JSON (openzipkin/zipkin-api zipkin2-api.yaml) or, by its
 * `encoding`, protobuf, by OpenTelemetry's
 * mapping to Zipkin (specification, trace/sdk_exporters/zipkin.md) read backwards: no kind is internal, endpoints are the service and
 * the peer, annotations are events, the tags `otel.status_code` and `error` are the status. Spans whose halves share an id
 * are kept as sent. A span without valid ids is rejected alone; one without a time starts at `nowMicro` (Unix microseconds), and
 * says so. Throws OtlpDecodeError, with the place, for what is no list of spans.
 */
export function decodeZipkin(body: Uint8Array, nowMicro: number, encoding: 'json' | 'protobuf' = 'json'): DecodedSpans {
  if (encoding === 'protobuf') return spansOfZipkin(readZipkinProtobuf(body), nowMicro);
  const parsed: unknown = orMalformed('not JSON', () => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)));
  if (!Array.isArray(parsed)) throw new OtlpDecodeError('a Zipkin request is a list of spans');
  return spansOfZipkin(parsed, nowMicro);
}

/** The same, from JSON that was parsed already. */
export function spansOfZipkin(list: readonly unknown[], nowMicro: number): DecodedSpans {
  const spans: Span[] = [];
  const reasons = new Map<string, number>();
  const sources = new Map<string, Pick<Span, 'resource' | 'scope'>>();
  let rejected = 0;
  for (const [i, item] of list.entries()) {
    try {
      const result = readSpan(rawMessage(item, 'it'), nowMicro, sources);
      if (typeof result !== 'string') spans.push(result);
      else {
        rejected += 1;
        reasons.set(result, (reasons.get(result) ?? 0) + 1);
      }
    } catch (error) {
      if (!(error instanceof OtlpDecodeError)) throw error;
      throw new OtlpDecodeError(`[${i}]: ${error.message}`, { cause: error });
    }
  }
  return { spans, rejected, reasons };
}

/** The span, or why it is rejected. */
function readSpan(raw: RawMessage, nowMicro: number, sources: Map<string, Pick<Span, 'resource' | 'scope'>>): Span | string {
  const traceId = readTraceId(raw['traceId']);
  if (traceId === undefined || traceId === null) return REJECTIONS.traceId;
  const spanId = rawId(raw['id'], 8, 'id');
  if (spanId === undefined || spanId === null) return REJECTIONS.spanId;
  const parentSpanId = rawId(raw['parentId'], 8, 'parentId');
  if (parentSpanId === null) return REJECTIONS.parentSpanId;

  const events = rawList(raw['annotations'], 'annotations').map((item) => readAnnotation(rawMessage(item, 'an annotation')));
  const given = readMicro(raw['timestamp'], 'timestamp');
  const duration = readMicro(raw['duration'], 'duration') ?? 0n;
  const start = given ?? earliest(events) ?? BigInt(Math.floor(nowMicro)) * 1000n;

  if (start + duration > MAX_NANO) return REJECTIONS.time;

  const tags = readTags(raw['tags']);
  const attributes: Values = {};
  const resource: Values = {};
  const local = rawMessage(raw['localEndpoint'], 'localEndpoint');
  const service = rawText(local['serviceName'], 'localEndpoint.serviceName');
  if (service !== '') resource['service.name'] = service;
  for (const [key, value] of tags) {
    if (OF_RESOURCE.test(key)) setOwn(resource, key, resource[key] ?? value);
    else setOwn(attributes, key, value);
  }
  readEndpoint(attributes, local, 'network.local');
  const remote = rawMessage(raw['remoteEndpoint'], 'remoteEndpoint');
  const peer = rawText(remote['serviceName'], 'remoteEndpoint.serviceName');
  if (peer !== '') attributes['peer.service'] ??= peer;
  readEndpoint(attributes, remote, 'network.peer');
  if (given === undefined) attributes['otel.zipkin.absentField.startTime'] = true;

  const scope = { name: take(attributes, 'otel.scope.name', 'otel.library.name') ?? '', ...optional('version', take(attributes, 'otel.scope.version', 'otel.library.version')) };
  const sourceKey = JSON.stringify([resource, scope]);
  let source = sources.get(sourceKey);
  if (source === undefined) sources.set(sourceKey, (source = { resource, scope }));
  const kind = rawText(raw['kind'], 'kind').toUpperCase();
  const span: Writable<Span> = {
    traceId,
    spanId,
    ...optional('parentSpanId', parentSpanId),
    ...optional('traceState', take(attributes, 'w3c.tracestate')),
    name: rawText(raw['name'], 'name'),
    kind: KINDS[kind] ?? (kind === '' ? 'internal' : 'unspecified'),
    startUnixNano: String(start),
    endUnixNano: String(start + duration),
    status: takeStatus(attributes),
    attributes,
    events,
    links: [],
    ...source,
  };
  for (const field of ['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount'] as const) {
    const count = take(attributes, `otel.${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
    if (count !== undefined && /^[1-9]\d{0,8}$/.test(count)) span[field] = Number(count);
  }
  return span;
}

/** 16 or 32 hex digits; some leave zeros out at the front of longer ones. */
function readTraceId(value: unknown): string | undefined | null {
  if (typeof value === 'string' && value.length > 0 && value.length < 32) return rawId(value.padStart(32, '0'), 16, 'traceId');
  return rawId(value, 16, 'traceId');
}

function readTags(value: unknown): [string, AttributeValue][] {
  return Object.entries(rawMessage(value, 'tags')).map(([key, tag]) => {
    if (typeof tag === 'string' || typeof tag === 'boolean' || typeof tag === 'number') return [key, tag];
    throw new OtlpDecodeError(`the tag ${key} should be a string`);
  });
}

/** An event is its name, or its name and attributes in one of the forms that exporters write; anything else is a name. */
function readAnnotation(raw: RawMessage): Span['events'][number] {
  const value = rawText(raw['value'], 'the value of an annotation');
  const timeUnixNano = String(readMicro(raw['timestamp'], 'the timestamp of an annotation') ?? 0n);
  return { timeUnixNano, ...(parseNamed(value) ?? { name: value, attributes: {} }) };
}

/** `{"name":{…}}`, `"name": {…}` as the specification has it, `name: {…}` of its Go exporter, `name|{…}|2` of the Collector's. */
function parseNamed(value: string): { name: string; attributes: Values; droppedAttributesCount?: number } | undefined {
  const whole = /^\{.*\}$/s.test(value) ? parseObject(value) : undefined;
  if (whole !== undefined) {
    const [entry, ...more] = Object.entries(whole);
    const attributes = entry === undefined || more.length > 0 ? undefined : plainValues(entry[1]);
    return attributes === undefined ? undefined : { name: entry?.[0] ?? '', attributes };
  }
  const [, quoted, plain, piped, json, dropped] = /^(?:("(?:[^"\\]|\\.)*"):\s?|([^"{][^{]*?): |([^|]+)\|)(\{.*\})(?:\|(\d{1,9}))?$/s.exec(value) ?? [];
  // Only the Collector's form ends with a count, and always.
  if (json === undefined || (piped === undefined) !== (dropped === undefined)) return undefined;
  const attributes = plainValues(parseObject(json));
  if (attributes === undefined) return undefined;
  const name = plain ?? piped ?? parseText(quoted ?? '');
  return name === undefined ? undefined : { name, attributes, ...(dropped === undefined || Number(dropped) === 0 ? {} : { droppedAttributesCount: Number(dropped) }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It only looked like JSON.
    return undefined;
  }
}

function parseObject(text: string): object | undefined {
  const parsed = parseJson(text);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
}

function parseText(text: string): string | undefined {
  const parsed = parseJson(text);
  return typeof parsed === 'string' ? parsed : undefined;
}

function plainValues(value: unknown): Values | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const attributes: Values = {};
  for (const [key, v] of Object.entries(value)) {
    if (typeof v !== 'string' && typeof v !== 'number' && typeof v !== 'boolean') return undefined;
    setOwn(attributes, key, v);
  }
  return attributes;
}

function readEndpoint(attributes: Values, endpoint: RawMessage, prefix: string): void {
  const address = rawText(endpoint['ipv4'], 'ipv4') || rawText(endpoint['ipv6'], 'ipv6');
  if (address !== '') attributes[`${prefix}.address`] ??= address;
  const port = endpoint['port'];
  if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536) attributes[`${prefix}.port`] ??= port;
}

/** `otel.status_code` says it; a tag `error` alone means an error, its text the message. */
function takeStatus(attributes: Values): Span['status'] {
  const code = take(attributes, 'otel.status_code')?.toUpperCase();
  const error = attributes['error'];
  if (code === 'OK') return { code: 'ok' };
  if (code !== 'ERROR' && (error === undefined || error === false || error === 'false')) return { code: 'unset' };
  delete attributes['error'];
  return { code: 'error', ...optional('message', typeof error === 'string' && error !== 'true' && error !== '' ? error : undefined) };
}

/** Microseconds as nanoseconds; a fraction is taken, as some exporters send one. */
function readMicro(value: unknown, field: string): bigint | undefined {
  if (value === undefined || value === null) return undefined;
  const micro = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof micro !== 'number' || !(micro >= 0 && micro <= Number.MAX_SAFE_INTEGER)) throw new OtlpDecodeError(`${field} should be a number of microseconds`);
  const whole = Math.floor(micro);
  return BigInt(whole) * 1000n + BigInt(Math.round((micro - whole) * 1000));
}

function earliest(events: Span['events']): bigint | undefined {
  return events.map((event) => BigInt(event.timeUnixNano)).reduce<bigint | undefined>((least, time) => (least === undefined || time < least ? time : least), undefined);
}

/** Removes a text from attributes: the first that is there under one of the keys. */
function take(attributes: Values, ...keys: readonly string[]): string | undefined {
  const found = keys.map((key) => attributes[key]).find((value) => typeof value === 'string' && value !== '');
  if (typeof found !== 'string') return undefined;
  for (const key of keys) delete attributes[key];
  return found;
}

function setOwn(into: Values, key: string, value: AttributeValue): void {
  // Defined, not set: __proto__ is a key like others.
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  // Safe because the computed key is K.
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: string });
}
