import { z } from 'zod';
import { createRemoteClient, jsonOf, type RemoteAccess, type RemoteAnswer } from '#server/adapters/remote-traces/remote-client.ts';
import { rfc3339Nano } from '#server/traces/jaeger-api/read-parameters.ts';
import type { Span, SpanKind } from '#server/traces/trace-backend.ts';
import { readLegacyTraces, readV3Traces } from './jaeger-answers.ts';
import type { NarrowedSearch } from './narrow-search.ts';
import { ServerError } from '#server/server-error.ts';

export interface JaegerClientOptions extends RemoteAccess {
  /** Of Jaeger's query service, with its base path: `http://127.0.0.1:16686`. */
  readonly url: string;
}
export interface JaegerFind {
  readonly search: NarrowedSearch['search'];
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
  /** Most traces that Jaeger shall give. */
  readonly depth: number;
}
/** What Jaeger is asked for. Rejects with ServerError `upstream`, `timeout`, or `bad-request` when Jaeger refuses the query. */
export interface JaegerClient {
  readonly name: string;
  services(): Promise<readonly string[]>;
  operations(service: string): Promise<readonly { readonly name: string; readonly kind: SpanKind }[]>;
  /** The spans of one trace; none when Jaeger has none. */
  trace(traceId: string): Promise<readonly Span[]>;
  /** The spans of whole traces. */
  find(find: JaegerFind, signal?: AbortSignal): Promise<readonly Span[]>;
}

const KINDS: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
// An empty list is left out by some of Jaeger's servers, and null in others.
const list = <T extends z.ZodType>(item: T) => z.array(item).nullish().transform((items) => items ?? []);
const V3Services = z.object({ services: list(z.string()) });
const V3Operations = z.object({ operations: list(z.object({ name: z.string(), spanKind: z.string().optional() })) });
const LegacyServices = z.object({ data: list(z.string()) });
const LegacyOperations = z.object({ data: list(z.object({ name: z.string(), spanKind: z.string().optional() })) });

/**
 * A client of one Jaeger: by API v3 (which is all that there is from 2.21 on), by the API before it where a server has no v3
 * (before 1.53). Which one is found out by the first call. Every parameter is sent in both of its spellings, because
 * servers before 2.19 know the second only and all pass over what they do not know.
 */
export function createJaegerClient({ url, ...access }: JaegerClientOptions): JaegerClient {
  const client = createRemoteClient({ product: 'Jaeger', option: '--jaeger-url', url, ...access });
  const { name } = client;
  let generation: 'v3' | 'legacy' | undefined;

  /** The answer of v3, or of the old API when this server has no v3; undefined when nothing was found. */
  const ask = async <T>(v3: readonly [path: string, query: URLSearchParams, read: (answer: RemoteAnswer) => T], old: readonly [path: string, query: URLSearchParams, read: (answer: RemoteAnswer) => T], signal?: AbortSignal): Promise<T | undefined> => {
    if (generation !== 'legacy') {
      const [path, query, read] = v3;
      const answer = await client.get(`/api/v3${path}`, query, { signal });
      const elsewhere = answer.status === 404 || isPage(answer);
      if (elsewhere && foundNothing(answer)) {
        generation = 'v3';
        return undefined;
      }
      if (!elsewhere) {
        if (answer.status !== 200) throw client.refused(path, answer);
        const value = read(answer);
        generation = 'v3';
        return value;
      }
      // A server without v3 says 404, or shows its page whatever the path is.
      if (generation === 'v3') throw client.refused(path, answer);
    }
    const [path, query, read] = old;
    const answer = await client.get(`/api${path}`, query, { signal });
    if (answer.status === 404 && /trace not found/.test(new TextDecoder().decode(answer.body.subarray(0, 1000)))) {
      generation = 'legacy';
      return undefined;
    }
    if (answer.status !== 200) throw client.refused(path, answer);
    if (isPage(answer)) throw new ServerError('upstream', `What answers as ${name} is not Jaeger: it sent no JSON.`, { hint: 'Check that --jaeger-url is the address of the query service, with its base path.' });
    const value = read(answer);
    generation = 'legacy';
    return value;
  };
  const parsed = <T>(schema: z.ZodType<T>) => (answer: RemoteAnswer): T => {
    const result = schema.safeParse(jsonOf(answer));
    if (!result.success) throw new ServerError('upstream', `${name} gave an answer of an unknown shape: ${z.prettifyError(result.error)}`);
    return result.data;
  };
  const none = new URLSearchParams();

  return {
    name,
    async services() {
      const read = await ask(['/services', none, (a) => parsed(V3Services)(a).services], ['/services', none, (a) => parsed(LegacyServices)(a).data]);
      return (read ?? []).toSorted();
    },
    async operations(service) {
      const query = new URLSearchParams({ service });
      const read = await ask(['/operations', query, (a) => parsed(V3Operations)(a).operations], ['/operations', query, (a) => parsed(LegacyOperations)(a).data]);
      return (read ?? []).map((o) => ({ name: o.name, kind: KINDS.find((k) => k === o.spanKind) ?? 'internal' }));
    },
    async trace(traceId) {
      const path = `/traces/${encodeURIComponent(traceId)}`;
      const read = await ask<readonly Span[]>([path, none, ({ body }) => readV3Traces(body, name)], [path, none, ({ body }) => readLegacyTraces(body, name)]);
      return (read ?? []).filter((span) => span.traceId === traceId);
    },
    async find(find, signal) {
      const read = await ask<readonly Span[]>(['/traces', v3Parameters(find), ({ body }) => readV3Traces(body, name)], ['/traces', legacyParameters(find), ({ body }) => readLegacyTraces(body, name)], signal);
      return read ?? [];
    },
  };
}

/** API v3 says that nothing was found by a 404 of its own shape. */
function foundNothing(answer: RemoteAnswer): boolean {
  return z.object({ error: z.object({ httpCode: z.literal(404) }) }).safeParse(jsonOf(answer)).success;
}

function isPage({ type, body }: RemoteAnswer): boolean {
  return type.startsWith('text/html') || (body[0] !== 0x7b && !/^\s*[{[]/.test(new TextDecoder().decode(body.subarray(0, 100))));
}

function v3Parameters({ search, fromUnixNano, toUnixNano, depth }: JaegerFind): URLSearchParams {
  const values: readonly (readonly [camel: string, snake: string, value: string | undefined])[] = [
    ['serviceName', 'service_name', search.service],
    ['operationName', 'operation_name', search.operation],
    ['attributes', 'attributes', search.tags === undefined ? undefined : JSON.stringify(search.tags)],
    ['startTimeMin', 'start_time_min', rfc3339Nano(fromUnixNano)],
    ['startTimeMax', 'start_time_max', rfc3339Nano(toUnixNano)],
    ['durationMin', 'duration_min', nanos(search.minDurationNano)],
    ['durationMax', 'duration_max', nanos(search.maxDurationNano)],
    ['searchDepth', 'search_depth', String(depth)],
    ['numTraces', 'num_traces', String(depth)],
  ];
  const parameters = new URLSearchParams();
  for (const [camel, snake, value] of values) {
    if (value === undefined) continue;
    parameters.set(`query.${camel}`, value);
    parameters.set(`query.${snake}`, value);
  }
  return parameters;
}

function legacyParameters({ search, fromUnixNano, toUnixNano, depth }: JaegerFind): URLSearchParams {
  const values: readonly (readonly [name: string, value: string | undefined])[] = [
    ['service', search.service],
    ['operation', search.operation],
    ['tags', search.tags === undefined ? undefined : JSON.stringify(search.tags)],
    ['start', String(fromUnixNano / 1000n)],
    // The microsecond that the range ends in counts whole.
    ['end', String(toUnixNano / 1000n + 1n)],
    ['minDuration', nanos(search.minDurationNano)],
    ['maxDuration', nanos(search.maxDurationNano)],
    ['limit', String(depth)],
  ];
  return new URLSearchParams(values.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

function nanos(value: bigint | undefined): string | undefined {
  return value === undefined ? undefined : `${value}ns`;
}
