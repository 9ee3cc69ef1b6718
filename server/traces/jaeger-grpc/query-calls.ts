import { status } from '@grpc/grpc-js';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { ServerError } from '#server/server-error.ts';
import { findDependencies } from '../jaeger-api/dependencies.ts';
import { readFilterTree } from '../jaeger-api/filter-expression.ts';
import { findOperations, findTraces, MAX_SEARCH_DEPTH, NO_ARCHIVE, timedSearch, TRACE_NOT_FOUND, v3Search, writtenTraces, type AskedSearch, type TimedSearch, type TraceWriting } from '../jaeger-api/jaeger-backend.ts';
import { DEFAULT_LIMIT, LOOKBACK_NANO } from '../jaeger-api/legacy-parameters.ts';
import { malformed, readTraceId } from '../jaeger-api/read-parameters.ts';
import { traceSummary } from '../jaeger-api/trace-summary.ts';
import { DEFAULT_SEARCH_DEPTH } from '../jaeger-api/v3-routes.ts';
import type { TraceEncoding } from '../work/encode-trace.ts';
import { CallFailure } from './call-failure.ts';
import { readDependenciesRequest, readFindRequest, readOperationsRequest, readTraceRequest, type QueryMessage } from './read-messages.ts';
import { chunksOf, splitChunks } from './span-chunks.ts';
import { writeDependencies, writeOperations, writeServices, writeSummary } from './write-messages.ts';

/** Answers one call: what it gives are the messages of the answer, of which a call that is not a stream has one. It throws, or the generator does, ServerError or CallFailure. */
export type GrpcCall = (request: Uint8Array, signal: AbortSignal) => AsyncGenerator<Uint8Array>;

const MILLISECOND = 1_000_000n;

type Encoding = Pick<Extract<TraceEncoding, { readonly as: 'jaeger-grpc' }>, 'version' | 'raw'>;
/** OTLP goes out as it came in. */
const OTLP: Encoding = { version: 'v3', raw: true };

export const QUERY_SERVICES = { v2: 'jaeger.api_v2.QueryService', v3: 'jaeger.api_v3.QueryService' } as const;

/**
 * The calls of Jaeger's two query services by their paths. What they mean is what Jaeger's HTTP APIs here mean; what is
 * missing or wrong in a request is told as Jaeger tells it. Sources: jaegerquery/internal/grpc_handler.go and
 * apiv3/grpc_handler.go.
 */
export function jaegerQueryCalls({ traces, work, clock }: TraceWriting & { readonly clock: Pick<Clock, 'now'> }): Readonly<Record<string, GrpcCall>> {
  const services: GrpcCall = async function* () {
    yield writeServices(await traces.services());
  };
  const messages = async function* (ids: readonly string[], encoding: Encoding, signal: AbortSignal) {
    let found = false;
    for await (const written of writtenTraces({ traces, work }, ids, { as: 'jaeger-grpc', ...encoding }, signal)) {
      if (written === undefined) continue;
      found = true;
      yield* splitChunks(written);
    }
    return found;
  };
  const one = async function* (traceId: string, encoding: Encoding, signal: AbortSignal) {
    if (!(yield* messages([traceId], encoding, signal))) throw new ServerError('not-found', TRACE_NOT_FOUND);
  };
  const found = async function* (search: TimedSearch, encoding: Encoding, signal: AbortSignal) {
    const { traces: hits } = await findTraces(traces, search, signal);
    yield* messages(hits.map((hit) => hit.traceId), encoding, signal);
  };
  const links = async (range: { readonly fromUnixNano: bigint; readonly toUnixNano: bigint }, signal: AbortSignal) => writeDependencies(await findDependencies(traces, { ...range, nowMs: clock.now() }, '', signal));
  return {
    ...paths('v2', {
      GetTrace: (request, signal) => {
        const { traceId, raw } = readTraceRequest(request);
        return one(readIdBytes(traceId), { version: 'v2', raw }, signal);
      },
      ArchiveTrace: (request) => {
        readIdBytes(readTraceRequest(request).traceId);
        throw new CallFailure(status.UNIMPLEMENTED, NO_ARCHIVE);
      },
      FindTraces: (request, signal) => {
        const query = required(readFindRequest(request));
        const now = BigInt(clock.now()) * MILLISECOND;
        const search = timedSearch({ ...askedFor(query, DEFAULT_LIMIT), fromUnixNano: query.fromUnixNano ?? now - LOOKBACK_NANO, toUnixNano: query.toUnixNano ?? now });
        return found(search, { version: 'v2', raw: query.raw }, signal);
      },
      GetServices: services,
      GetOperations: async function* (request) {
        const { service, spanKind } = readOperationsRequest(request);
        yield writeOperations(await findOperations(traces, service, { spanKind, noKind: '' }), 'v2');
      },
      GetDependencies: async function* (request, signal) {
        const { fromUnixNano, toUnixNano } = readDependenciesRequest(request);
        if (fromUnixNano === undefined || toUnixNano === undefined) throw new ServerError('bad-request', 'start_time and end_time are required');
        yield links({ fromUnixNano, toUnixNano }, signal);
      },
    }),
    ...paths('v3', {
      GetTrace: (request, signal) => one(readTraceId(readTraceRequest(request).traceId.toString('utf8')), OTLP, signal),
      FindTraces: (request, signal) => found(v3SearchOf(request), OTLP, signal),
      FindTraceSummaries: async function* (request, signal) {
        const { traces: hits } = await findTraces(traces, v3SearchOf(request), signal);
        yield* chunksOf(hits, (hit) => writeSummary(traceSummary(hit)));
      },
      GetServices: services,
      GetOperations: async function* (request) {
        const { service, spanKind } = readOperationsRequest(request);
        // Unlike over HTTP a span without a kind has the empty one.
        yield writeOperations(await findOperations(traces, service, { spanKind: spanKind.toLowerCase(), noKind: '' }), 'v3');
      },
      GetDependencies: async function* (request, signal) {
        const { fromUnixNano, toUnixNano } = readDependenciesRequest(request);
        if (fromUnixNano === undefined) throw new ServerError('bad-request', 'start_time is required');
        if (toUnixNano === undefined) throw new ServerError('bad-request', 'end_time is required');
        if (toUnixNano <= fromUnixNano) throw new ServerError('bad-request', 'end_time must be after start_time');
        yield links({ fromUnixNano, toUnixNano }, signal);
      },
    }),
  };
}

function paths(version: keyof typeof QUERY_SERVICES, calls: Readonly<Record<string, GrpcCall>>): Record<string, GrpcCall> {
  return Object.fromEntries(Object.entries(calls).map(([method, call]) => [`/${QUERY_SERVICES[version]}/${method}`, call]));
}

function v3SearchOf(request: Uint8Array): TimedSearch {
  const query = required(readFindRequest(request));
  const { fromUnixNano, toUnixNano, filter } = query;
  if (fromUnixNano === undefined || toUnixNano === undefined) throw new ServerError('bad-request', 'query.start_time_min and query.start_time_max are required');
  return v3Search({ ...askedFor(query, DEFAULT_SEARCH_DEPTH), ...(filter === undefined ? {} : { filter: readFilterTree(filter) }), fromUnixNano, toUnixNano });
}

/** A depth of 0, which is also "not given", and less is the usual one, as in Jaeger. */
function askedFor({ service, operation, tags, minDurationNano, maxDurationNano, depth }: QueryMessage, usual: number): Omit<AskedSearch, 'fromUnixNano' | 'toUnixNano' | 'filter'> {
  if (depth > MAX_SEARCH_DEPTH) throw malformed('query.search_depth', `it must be from 1 to ${MAX_SEARCH_DEPTH}`);
  return { service, operation, tags, minDurationNano, maxDurationNano, limit: depth <= 0 ? usual : depth };
}

function required(query: QueryMessage | undefined): QueryMessage {
  if (query === undefined) throw new ServerError('bad-request', 'missing query');
  return query;
}

/** A trace id of 16 bytes, or of 8 as before there were longer ones, in hex. */
function readIdBytes(bytes: Buffer): string {
  if (bytes.length !== 16 && bytes.length !== 8) throw malformed('trace_id', `it has ${bytes.length} bytes, not 16`);
  const hex = bytes.toString('hex').padStart(32, '0');
  if (/^0+$/.test(hex)) throw malformed('trace_id', 'it is all zero');
  return hex;
}
