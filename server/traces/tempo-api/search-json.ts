import type { AttributeValue } from '../trace-backend.ts';
import type { AttributeInfo, AttributeValueInfo, SpanHit, SpanSetHit, TraceHit, TraceMetricsAnswer } from '../trace-questions.ts';
import { writeAttributes } from '../otlp/any-value.ts';

/** One trace of a search as Tempo gives it (pkg/tempopb TraceSearchMetadata). `spanSet` is the first of `spanSets`, which older clients read, Kiali among them. */
export function searchHit(hit: TraceHit): object {
  const spanSets = hit.spanSets.map(spanSet);
  return {
    traceID: hit.traceId,
    rootServiceName: hit.rootService,
    rootTraceName: hit.rootName,
    startTimeUnixNano: hit.startUnixNano,
    durationMs: Number(BigInt(hit.durationNano) / 1_000_000n),
    ...(spanSets.length === 0 ? {} : { spanSet: spanSets[0], spanSets }),
    serviceStats: Object.fromEntries(hit.services.map(({ name, spanCount, errorCount }) => [name, { spanCount, ...(errorCount === 0 ? {} : { errorCount }) }])),
  };
}

function spanSet({ spans, matched, attributes }: SpanSetHit): object {
  return { spans: spans.map(spanHit), matched, ...(Object.keys(attributes).length === 0 ? {} : { attributes: keyValues(attributes) }) };
}

function spanHit(span: SpanHit): object {
  return {
    spanID: span.spanId,
    name: span.name,
    startTimeUnixNano: span.startUnixNano,
    durationNanos: span.durationNano,
    attributes: keyValues(Object.fromEntries(Object.entries(span.attributes).map(([field, value]) => [shortName(field), value]))),
  };
}

/** Tempo names what it gives with a span without its scope: `span.http.route` → `http.route`, `span:kind` → `kind`. */
function shortName(field: string): string {
  const intrinsic = /^(?:span|trace|event|link|instrumentation):(\w+)$/.exec(field);
  if (intrinsic !== null) return intrinsic[1] ?? field;
  const key = field.replace(/^(?:span|resource|event|link|instrumentation)?\./, '');
  return /^".*"$/s.test(key) ? unquoted(key) : key;
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    // Not a JSON text after all: the key has quotes of its own.
    return text;
  }
}

function keyValues(attributes: Readonly<Record<string, AttributeValue>>): object[] {
  return writeAttributes(attributes, '', {});
}

const SCOPES: readonly AttributeInfo['scope'][] = ['resource', 'span', 'intrinsic', 'event', 'link', 'instrumentation'];
/** The names without a scope, which older editors offer; Tempo lists both. */
const BARE_NAMES: Readonly<Record<string, string>> = { 'span:name': 'name', 'span:duration': 'duration', 'span:kind': 'kind', 'span:status': 'status', 'span:statusMessage': 'statusMessage', 'trace:duration': 'traceDuration', 'trace:rootName': 'rootName', 'trace:rootService': 'rootServiceName' };

/** The catalogue by scope, as `/api/v2/search/tags` gives it. `scope`: only that one. `limit`: most names of a scope. */
export function tagScopes(attributes: readonly AttributeInfo[], scope: string | undefined, limit: number): { readonly name: string; readonly tags: readonly string[] }[] {
  return SCOPES.filter((s) => scope === undefined || s === scope).flatMap((name) => {
    const keys = attributes.filter((a) => a.scope === name).map((a) => a.key);
    const all = name === 'intrinsic' ? [...keys, ...keys.flatMap((key) => BARE_NAMES[key] ?? [])] : keys;
    const tags = [...new Set(all)].sort().slice(0, limit);
    return tags.length === 0 ? [] : [{ name, tags }];
  });
}

/** A value of a tag with its type, as `/api/v2/search/tag/…/values` gives it. */
export function tagValue({ value, type }: AttributeValueInfo): { readonly type: string; readonly value: string } {
  // A broken number that happens to be whole is told from a whole one.
  return { type, value: typeof value === 'object' ? JSON.stringify(value) : type === 'float' && Number.isInteger(value) ? `${String(value)}.0` : String(value) };
}

/** Series over time, as `/api/metrics/query_range` gives them (pkg/tempopb TimeSeries in jsonpb). Times without a value are left out. */
export function rangeSeries({ series, timesUnixNano }: TraceMetricsAnswer): object[] {
  return series.map(({ labels, values, exemplars }) => ({
    labels: keyValues(labels),
    samples: values.flatMap((value, i) => (value === null ? [] : [{ timestampMs: millis(timesUnixNano[i] ?? '0'), value: number(value) }])),
    ...(exemplars.length === 0
      ? {}
      : { exemplars: exemplars.map((e) => ({ labels: keyValues({ 'trace:id': e.traceId, 'span:id': e.spanId }), value: number(e.value), timestampMs: millis(e.timeUnixNano) })) }),
  }));
}

/** One value of each series, as `/api/metrics/query` gives them (pkg/tempopb InstantSeries). */
export function instantSeries({ series }: TraceMetricsAnswer): object[] {
  return series.flatMap(({ labels, values }) => {
    const value = values.findLast((v) => v !== null);
    return value === undefined || value === null ? [] : [{ labels: keyValues(labels), value: number(value) }];
  });
}

function millis(unixNano: string): string {
  return String(BigInt(unixNano) / 1_000_000n);
}

/** JSON has no number for these; protobuf's has texts. */
function number(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
