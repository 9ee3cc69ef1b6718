import { z } from 'zod';
import { createRemoteClient, jsonOf, type RemoteAccess, type RemoteAnswer } from '#server/adapters/remote-traces/remote-client.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeTraceRequest } from '#server/traces/otlp/decode-request.ts';
import type { AttributeValue, Span } from '#server/traces/trace-backend.ts';
import { ProtobufError, ProtobufReader } from '#server/wire/protobuf-reader.ts';

export interface TempoClientOptions extends RemoteAccess {
  /** Of Tempo's query API: `http://127.0.0.1:3200`. */
  readonly url: string;
}
/** Unix seconds, both inclusive. */
export interface SecondRange {
  readonly start: number;
  readonly end: number;
}
export interface TempoSeries {
  readonly labels: Readonly<Record<string, AttributeValue>>;
  readonly samples: readonly { readonly timestampMs: number; readonly value: number }[];
  readonly exemplars: readonly { readonly traceId: string; readonly spanId: string; readonly timestampMs: number; readonly value: number }[];
}
/** What Tempo is asked for. Rejects with ServerError `upstream`, `timeout`, or `bad-request` when Tempo refuses the query. */
export interface TempoClient {
  readonly name: string;
  /** The spans of one trace; none when Tempo has none. `part`: there is more, which Tempo could not give. */
  trace(traceId: string): Promise<{ readonly spans: readonly Span[]; readonly part: boolean }>;
  /** Ids of the traces that a query finds first. */
  search(query: string, range: SecondRange, limit: number, signal?: AbortSignal): Promise<readonly string[]>;
  tags(): Promise<readonly { readonly scope: string; readonly keys: readonly string[] }[]>;
  /** Values of a field as TraceQL names it, with Tempo's names of their types. */
  values(field: string, options?: { readonly query?: string; readonly range?: SecondRange; readonly limit?: number }): Promise<readonly { readonly type: string; readonly value: string }[]>;
  series(query: string, range: SecondRange, stepSeconds: number, exemplars: number, signal?: AbortSignal): Promise<readonly TempoSeries[]>;
}

// What is empty is left out of Tempo's answers.
const list = <T extends z.ZodType>(item: T) => z.array(item).nullish().transform((items) => items ?? []);
const SearchAnswer = z.object({ traces: list(z.object({ traceID: z.string().regex(/^[0-9a-fA-F]{1,32}$/) })) });
const TagsAnswer = z.object({ scopes: list(z.object({ name: z.string(), tags: list(z.string()) })) });
const ValuesAnswer = z.object({ tagValues: list(z.object({ type: z.string().default('string'), value: z.string().default('') })) });
const AnyValue = z.object({ stringValue: z.string().optional(), boolValue: z.boolean().optional(), intValue: z.union([z.string(), z.number()]).optional(), doubleValue: z.union([z.number(), z.string()]).optional() });
const labels = list(z.object({ key: z.string(), value: AnyValue.default({}) }));
const number = z.union([z.number(), z.string()]).default(0).transform(Number);
const SeriesAnswer = z.object({ series: list(z.object({ labels, samples: list(z.object({ timestampMs: number, value: number })), exemplars: list(z.object({ labels, timestampMs: number, value: number })) })) });

/** A client of one Tempo. Traces come as protobuf, by API v2 where there is one (2.7 and later), else by the first. */
export function createTempoClient({ url, ...access }: TempoClientOptions): TempoClient {
  const client = createRemoteClient({ product: 'Tempo', option: '--tempo-url', url, ...access });
  const { name } = client;
  let hasV2: boolean | undefined;
  const ask = async <T>(schema: z.ZodType<T>, path: string, query: Readonly<Record<string, string | number | undefined>>, signal?: AbortSignal): Promise<T> => {
    const parameters = new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])));
    const answer = await client.get(path, parameters, { signal });
    if (answer.status !== 200) throw client.refused(path, answer);
    const json = jsonOf(answer);
    if (json === undefined) throw new ServerError('upstream', `What answers as ${name} is not Tempo: it sent no JSON.`, { hint: 'Check that --tempo-url is the address of the query frontend.' });
    const result = schema.safeParse(json);
    if (!result.success) throw new ServerError('upstream', `${name} gave an answer of an unknown shape: ${z.prettifyError(result.error)}`);
    return result.data;
  };
  const bytes = async (path: string): Promise<RemoteAnswer | undefined> => {
    const answer = await client.get(path, undefined, { accept: 'application/protobuf' });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw client.refused(path, answer);
    return answer;
  };
  return {
    name,
    async trace(traceId) {
      const v2 = hasV2 === false ? undefined : await bytes(`/api/v2/traces/${traceId}`);
      if (v2 !== undefined) {
        hasV2 = true;
        const { trace, part } = orUpstream(name, () => readTraceById(v2.body));
        return { spans: orUpstream(name, () => decodeTraceRequest(trace, 'protobuf').spans).filter((s) => s.traceId === traceId), part };
      }
      // A 404 is for a trace that is not there as well as for an API that is not; the older API tells them apart.
      const v1 = hasV2 === true ? undefined : await bytes(`/api/traces/${traceId}`);
      if (v1 === undefined) return { spans: [], part: false };
      hasV2 = false;
      return { spans: orUpstream(name, () => decodeTraceRequest(v1.body, 'protobuf').spans).filter((s) => s.traceId === traceId), part: false };
    },
    async search(query, { start, end }, limit, signal) {
      const { traces } = await ask(SearchAnswer, '/api/search', { q: query, start, end, limit, spss: 1 }, signal);
      return traces.map((t) => t.traceID.toLowerCase().padStart(32, '0'));
    },
    async tags() {
      const { scopes } = await ask(TagsAnswer, '/api/v2/search/tags', {});
      return scopes.map((s) => ({ scope: s.name, keys: s.tags }));
    },
    async values(field, { query, range, limit } = {}) {
      const { tagValues } = await ask(ValuesAnswer, `/api/v2/search/tag/${encodeURIComponent(field)}/values`, { q: query, start: range?.start, end: range?.end, limit });
      return tagValues;
    },
    async series(query, { start, end }, stepSeconds, exemplars, signal) {
      const { series } = await ask(SeriesAnswer, '/api/metrics/query_range', { q: query, start, end, step: `${stepSeconds}s`, exemplars: exemplars === 0 ? undefined : exemplars }, signal);
      return series.map((s) => ({ labels: valuesOf(s.labels), samples: s.samples, exemplars: s.exemplars.map((e) => exemplarOf(e)) }));
    },
  };
}

/** `TraceByIDResponse { Trace trace = 1; PartialStatus status = 3 }` (pkg/tempopb/tempo.proto); a Trace is OTLP's TracesData. Throws ProtobufError. */
export function readTraceById(body: Uint8Array): { readonly trace: Uint8Array; readonly part: boolean } {
  let trace: Uint8Array = new Uint8Array();
  let part = false;
  const reader = new ProtobufReader(body);
  while (reader.next()) {
    if (reader.field === 1) {
      const { offset } = reader.message();
      trace = body.subarray(offset, reader.offset);
    } else if (reader.field === 3) part = reader.uint() === 1;
    else reader.skip();
  }
  return { trace, part };
}

function exemplarOf({ labels: of, timestampMs, value }: { readonly labels: z.infer<typeof labels>; readonly timestampMs: number; readonly value: number }): TempoSeries['exemplars'][number] {
  const given = valuesOf(of);
  return { traceId: String(given['trace:id'] ?? '').padStart(32, '0'), spanId: String(given['span:id'] ?? ''), timestampMs, value };
}

function valuesOf(pairs: z.infer<typeof labels>): Record<string, AttributeValue> {
  return Object.fromEntries(pairs.map(({ key, value: v }) => [key, v.stringValue ?? v.boolValue ?? (v.intValue === undefined ? (v.doubleValue === undefined ? null : Number(v.doubleValue)) : Number(v.intValue))]));
}

function orUpstream<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof OtlpDecodeError) && !(cause instanceof ProtobufError)) throw cause;
    throw new ServerError('upstream', `${name} gave a trace that cannot be read: ${messageOf(cause)}`, { cause });
  }
}
