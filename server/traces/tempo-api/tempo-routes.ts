import type { Clock } from '#mesh-core/runtime/clock.ts';
import { array, looseObject, string, union } from 'zod';
import { BytesResponse } from '#server/http/bytes-response.ts';
import { defineRoute, type Route } from '#server/http/route.ts';
import { ServerError } from '#server/server-error.ts';
import { answered, jsonAnswer } from '../jaeger-api/answers.ts';
import type { TraceBackend } from '../trace-backend.ts';
import type { TraceQuestions, TraceSelection } from '../trace-questions.ts';
import { workInPlace, writeTrace, type TraceWork } from '../work/trace-work.ts';
import { instantQuery } from './instant-query.ts';
import { instantSeries, rangeSeries, searchHit, tagScopes, tagValue } from './search-json.ts';
import { fieldsAskedFor, readCount, readQuery, readRange, readSearchQuery, readStep, readTag } from './tempo-parameters.ts';

/** Where Tempo's HTTP API is served: the URL a client of Tempo is given. */
export const TEMPO_BASE = '/tempo';
/** The Tempo whose API this is; clients look at it to know what they may ask. */
const API_VERSION = '2.9.0';

/** What Tempo's API is answered from: any backend of traces. */
export type TempoApiTraces = Pick<TraceBackend, 'get' | 'packed' | 'services'> & Pick<TraceQuestions, 'search' | 'metrics' | 'attributes' | 'attributeValues'>;

interface Call {
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/**
 * Tempo's HTTP query API over any backend of traces, below `/tempo`: for Grafana's Tempo data source, Kiali and every other
 * client of it. Unlike Tempo's, searches give the newest matches, not the first that were found. Source: Tempo's API
 * documentation (docs/sources/tempo/api_docs) and pkg/tempopb.
 */
export function tempoRoutes({ traces, clock, work = workInPlace }: { readonly traces: TempoApiTraces; readonly clock: Pick<Clock, 'now'>; readonly work?: TraceWork }): Route[] {
  const byId = async ({ params, headers }: Call, version: 1 | 2): Promise<Response> => {
    const { id = '' } = params;
    if (!/^[0-9a-f]{1,32}$/i.test(id)) throw new ServerError('bad-request', `trace IDs can only contain hex characters, at most 32 of them: "${id}"`);
    const asProtobuf = /\bapplication\/protobuf\b/.test(headers.get('accept') ?? '');
    const written = await writeTrace(work, traces, id.toLowerCase().padStart(32, '0'), { as: asProtobuf ? 'tempo-protobuf' : 'tempo-json', version });
    if (written === undefined) throw new ServerError('not-found', 'trace not found');
    return new BytesResponse([written], { status: 200, headers: { 'content-type': asProtobuf ? 'application/protobuf' : 'application/json', 'cache-control': 'no-store' } });
  };
  const selectionOf = (query: URLSearchParams): TraceSelection | undefined => {
    const q = query.get('q') ?? '';
    const { from, to } = readRange(query, clock.now());
    // An editor asks while the query is being written: what cannot be read yet selects everything, as Tempo does.
    const read = attempt(() => readQuery(q === '' ? '{ }' : q, 'search'));
    return read === undefined ? undefined : { query: read, fromUnixNano: String(from), toUnixNano: String(to) };
  };
  const valuesOf = async ({ query, params, signal }: Call, field: ReturnType<typeof readTag>) => {
    const selection = query.has('q') || query.has('start') ? selectionOf(query) : undefined;
    const { name = '' } = params;
    if (name === '') throw new ServerError('bad-request', 'a tag must be named');
    return traces.attributeValues({ field, limit: readCount(query, 'limit', 1000, 1, 10_000), ...(selection === undefined ? {} : { selection }) }, signal);
  };
  const metricsOf = async ({ query, signal }: Call, instant: boolean) => {
    const range = readRange(query, clock.now());
    const q = query.get('q') ?? query.get('query') ?? '';
    const asked = readQuery(q, 'metrics');
    const window = { fromUnixNano: String(range.from), toUnixNano: String(range.to) };
    // One step that ends with the range, and begins before anything was: one value for all of it.
    if (instant) return traces.metrics({ query: instantQuery(asked, Number(range.to - range.from + 1n) / 1e9), ...window, stepNano: String(range.to), exemplars: 0 }, signal);
    return traces.metrics({ query: asked, ...window, stepNano: String(readStep(query, range)), exemplars: readCount(query, 'exemplars', 0, 0, 1000) }, signal);
  };
  return [
    row('/api/echo', 'Says that Tempo’s API is served.', [], async () => text('echo')),
    row('/ready', 'Says that Tempo’s API is served.', [], async () => text('ready\n')),
    row('/api/status/buildinfo', 'Which version of Tempo’s API this is.', [], async () => jsonAnswer({ version: API_VERSION, revision: 'binnacle', branch: '', buildDate: '', buildUser: '', goVersion: '' })),
    row('/status/services', 'Services that sent spans, as Kiali asks for them.', [], async () => jsonAnswer(await traces.services())),
    row('/api/traces/:id', 'One trace in the shape of Tempo’s API; as protobuf when that is asked for.', ['start', 'end'], (call) => byId(call, 1)),
    row('/api/v2/traces/:id', 'One trace in the shape of Tempo’s API, version 2; as protobuf when that is asked for.', ['start', 'end'], (call) => byId(call, 2)),
    row('/api/search', 'Traces that match, newest first, in the shape of Tempo’s API.', ['q', 'tags', 'minDuration', 'maxDuration', 'start', 'end', 'limit', 'spss'], async ({ query, signal }) => {
      const { from, to } = readRange(query, clock.now());
      const read = readSearchQuery(query);
      const limit = readCount(query, 'limit', 20, 1, 10_000);
      const spansPerTrace = readCount(query, 'spss', 3, 0, 10_000);
      const found = await traces.search({ query: read, fromUnixNano: String(from), toUnixNano: String(to), sort: 'newest', limit, offset: 0, spansPerTrace: spansPerTrace === 0 ? 10_000 : spansPerTrace, columns: fieldsAskedFor(read) }, signal);
      return jsonAnswer({ traces: found.traces.map(searchHit), metrics: { totalBlocks: 1, completedJobs: 1, totalJobs: 1 } });
    }),
    row('/api/search/tags', 'Keys of attributes, in the shape of Tempo’s API.', ['scope', 'limit', 'start', 'end'], async ({ query, signal }) => {
      const scopes = tagScopes(await traces.attributes(signal), scopeOf(query), readCount(query, 'limit', 10_000, 1, 100_000));
      return jsonAnswer({ tagNames: [...new Set(scopes.filter((s) => s.name !== 'intrinsic' || query.get('scope') === 'intrinsic').flatMap((s) => s.tags))].sort(), metrics: {} });
    }),
    row('/api/v2/search/tags', 'Keys of attributes by scope, in the shape of Tempo’s API.', ['scope', 'q', 'limit', 'start', 'end'], async ({ query, signal }) =>
      jsonAnswer({ scopes: tagScopes(await traces.attributes(signal), scopeOf(query), readCount(query, 'limit', 10_000, 1, 100_000)), metrics: {} })),
    row('/api/search/tag/:name/values', 'Values of an attribute, in the shape of Tempo’s API.', ['limit', 'start', 'end'], async (call) => {
      const name = decodedAgain(call.params['name'] ?? '');
      const values = await valuesOf(call, readTag(/^[A-Za-z]+$/.test(name) || /^(?:span|resource|event|link|instrumentation)?\./.test(name) ? name : `.${name}`));
      return jsonAnswer({ tagValues: values.map((v) => tagValue(v).value), metrics: {} });
    }),
    row('/api/v2/search/tag/:name/values', 'Values of an attribute with their types, in the shape of Tempo’s API.', ['q', 'limit', 'start', 'end'], async (call) => {
      const values = await valuesOf(call, readTag(decodedAgain(call.params['name'] ?? '')));
      return jsonAnswer({ tagValues: values.map(tagValue), metrics: {} });
    }),
    row('/api/metrics/query_range', 'Series that TraceQL measures over time, in the shape of Tempo’s API.', ['q', 'start', 'end', 'since', 'step', 'exemplars'], async (call) => jsonAnswer({ series: rangeSeries(await metricsOf(call, false)), metrics: {} })),
    row('/api/metrics/query', 'What TraceQL measures over the whole time, in the shape of Tempo’s API.', ['q', 'start', 'end', 'since'], async (call) => jsonAnswer({ series: instantSeries(await metricsOf(call, true)), metrics: {} })),
  ];
}

function row(path: string, summary: string, names: readonly string[], handle: (call: Call) => Promise<Response>): Route {
  const value = union([string(), array(string())]).optional();
  return defineRoute({
    method: 'GET',
    path: TEMPO_BASE + path,
    scope: 'view',
    summary,
    query: looseObject(Object.fromEntries(names.map((name) => [name, value]))),
    handle: ({ url, params, headers, signal }) => answered(() => handle({ query: url.searchParams, params, headers, signal }), (status, message) => text(message, status)),
  });
}

function text(body: string, status = 200): Response {
  return new BytesResponse([Buffer.from(body)], { status, headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } });
}

function scopeOf(query: URLSearchParams): string | undefined {
  const scope = query.get('scope') ?? '';
  if (scope === '' || scope === 'all' || scope === 'none') return undefined;
  if (!/^(resource|span|intrinsic|event|link|instrumentation)$/.test(scope)) throw new ServerError('bad-request', `invalid scope: ${scope}`);
  return scope;
}

/** Grafana encodes the name of a tag twice, because some proxies decode it once. */
function decodedAgain(name: string): string {
  try {
    return /%[0-9a-f]{2}/i.test(name) ? decodeURIComponent(name) : name;
  } catch {
    // A per cent sign that is meant.
    return name;
  }
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof ServerError) return undefined;
    throw error;
  }
}
