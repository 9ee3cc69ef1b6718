import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { LookedAtBackend } from '#server/adapters/remote-traces/combined-backend.ts';
import { createFetchedQuestions, type Fetched } from '#server/adapters/remote-traces/fetched-questions.ts';
import { isServerError } from '#server/http/respond.ts';
import { traceWarnings } from '#server/traces/core/trace-warnings.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { AttributeValueInfo, AttributeValuesRequest } from '#server/traces/trace-questions.ts';
import { createJaegerClient, type JaegerClient, type JaegerClientOptions, type JaegerFind } from './jaeger-client.ts';
import { narrowSearch, type NarrowedSearch } from './narrow-search.ts';

export interface JaegerOptions extends JaegerClientOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Most traces asked for in one search; the answer holds them whole. Default 500. */
  readonly searchDepth?: number;
}

/** Services asked one by one when a store of Jaeger cannot search without one. */
const MOST_SERVICES = 50;

/**
 * Traces in a Jaeger elsewhere. Jaeger is asked for what it knows of a query (narrow-search.ts); whole traces come back, and
 * the query is evaluated over these here, because Jaeger's stores differ in what they compare, do not sort and do not
 * count. An answer is exact unless Jaeger gave as many traces as it was asked for at most. Rejects with ServerError
 * `upstream` or `timeout`.
 */
export function createJaegerTraceBackend({ clock, searchDepth = 500, ...options }: JaegerOptions): LookedAtBackend {
  const jaeger = createJaegerClient(options);
  const questions = createFetchedQuestions({
    clock,
    plan: (query) => {
      const narrowed = narrowSearch(query);
      return { key: keyOf(narrowed), fetch: (fromUnixNano, toUnixNano) => fetchFrom(jaeger, narrowed, { fromUnixNano, toUnixNano, depth: searchDepth }) };
    },
  });
  const trace = async (traceId: string): Promise<readonly Span[] | undefined> => {
    const spans = await jaeger.trace(traceId);
    return spans.length === 0 ? undefined : spans;
  };
  return {
    ...questions,
    attributeValues: async (request, signal) => (await namesOf(jaeger, request)) ?? questions.attributeValues(request, signal),
    describe: () => ({
      name: jaeger.name,
      kind: 'jaeger',
      capabilities: { exact: false, live: false, writable: false },
      notes: [`Searches look at the ${searchDepth} traces at most that ${jaeger.name} gives for what it knows of a query: service, operation, tags and duration of a span.`],
    }),
    async get(traceId) {
      const spans = await trace(traceId);
      return spans === undefined ? undefined : { traceId, spans, warnings: traceWarnings(spans) };
    },
    async segment(traceId) {
      const spans = await trace(traceId);
      return spans === undefined ? undefined : buildSegment(spans);
    },
    services: () => jaeger.services(),
    operations: (service) => jaeger.operations(service),
  };
}

async function fetchFrom(jaeger: JaegerClient, narrowed: NarrowedSearch, range: Pick<JaegerFind, 'fromUnixNano' | 'toUnixNano' | 'depth'>): Promise<Fetched> {
  const { depth } = range;
  const { spans, asked } = await findSpans(jaeger, { ...range, search: narrowed.search });
  const traces = new Set(spans.map((span) => span.traceId)).size;
  // By service, each of the searches has its own bound.
  const exact = traces < depth && asked !== 'some services';
  const here = narrowed.whole ? '' : ` ${jaeger.name} was asked for ${inWords(narrowed)}; the rest of the query was evaluated here.`;
  const notes = [
    ...(traces < depth ? [] : [`${jaeger.name} gave ${traces} traces, as many as it is asked for: there may be more, which were not looked at.${here}`]),
    ...(asked === 'some services' ? [`${jaeger.name} can only search by service, and has more than ${MOST_SERVICES}: name one in the query to see all of its traces.`] : []),
  ];
  return { spans, exact, notes };
}

/** A store that must know the service is asked for each. */
async function findSpans(jaeger: JaegerClient, find: JaegerFind): Promise<{ readonly spans: readonly Span[]; readonly asked: 'at once' | 'all services' | 'some services' }> {
  try {
    return { spans: await jaeger.find(find), asked: 'at once' };
  } catch (error) {
    if (find.search.service !== undefined || !isServerError(error) || !/service/i.test(error.message) || error.code === 'timeout') throw error;
  }
  const services = await jaeger.services();
  const spans = new Map<string, readonly Span[]>();
  for (const service of services.slice(0, MOST_SERVICES)) {
    const found = await jaeger.find({ ...find, search: { ...find.search, service } });
    const byTrace = Map.groupBy(found, (span) => span.traceId);
    for (const [traceId, of] of byTrace) if (!spans.has(traceId)) spans.set(traceId, of);
  }
  return { spans: [...spans.values()].flat(), asked: services.length > MOST_SERVICES ? 'some services' : 'all services' };
}

/** Values that Jaeger has lists of; undefined for all others. */
async function namesOf(jaeger: JaegerClient, { field, selection, contains = '', limit }: AttributeValuesRequest): Promise<readonly AttributeValueInfo[] | undefined> {
  if (selection !== undefined || field.kind !== 'attribute' || field.key !== 'service.name' || field.parent === true || (field.scope !== undefined && field.scope !== 'resource')) return undefined;
  const found = (await jaeger.services()).filter((name) => name.toLowerCase().includes(contains.toLowerCase()));
  return found.slice(0, limit).map((value) => ({ value, type: 'string' }));
}

function inWords({ search }: NarrowedSearch): string {
  const { service, operation, tags, minDurationNano, maxDurationNano } = search;
  const words = [
    ...(service === undefined ? [] : [`service ${service}`]),
    ...(operation === undefined ? [] : [`operation ${operation}`]),
    ...Object.entries(tags ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(minDurationNano === undefined ? [] : [`at least ${minDurationNano} ns`]),
    ...(maxDurationNano === undefined ? [] : [`at most ${maxDurationNano} ns`]),
  ];
  return words.length === 0 ? 'its newest traces' : words.join(', ');
}

function keyOf({ search, whole }: NarrowedSearch): string {
  return JSON.stringify([search, whole], (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
