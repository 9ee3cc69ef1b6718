import { defineRoute, type Route } from '#server/http/route.ts';
import { vectorRows } from '#server/promql/vector-rows.ts';
import type { ServerContext } from '#server/server-context.ts';
import { messageOf } from '#server/server-error.ts';
import { RequestReader } from '#server/traces/api/read-request.ts';
import { meshRatesOf, meshRatesQuery, reconcile, type MeshRate } from './mesh-rates.ts';
import { dependencies, minutesOf, operationRows, serviceRows, trafficSeries, type MinuteRange } from './read-traffic.ts';
import { DependenciesAnswer, DependenciesQuery, RedAnswer, RedQuery, RedSeriesAnswer, RedSeriesQuery } from './schemas.ts';
import type { OperationTraffic, TrafficSummary } from './traffic-summary.ts';

/** Points of a series at most; longer ranges get longer steps. */
const MAX_POINTS = 240;

type Context = Pick<ServerContext, 'traces' | 'metrics' | 'clock'>;

/** Rate, errors and latency of services and operations, and the calls between services: read out of the spans. */
export function trafficRoutes({ traces, metrics, clock }: Context): Route[] {
  const read = async (input: { readonly from: string; readonly to: string }, signal: AbortSignal): Promise<{ summary: TrafficSummary; range: MinuteRange; said: { fromMs: number; toMs: number; exact: boolean; notes: string[] } }> => {
    const reader = new RequestReader(clock.now());
    const { fromMs, toMs } = reader.range(input);
    reader.finish();
    const range = minutesOf(fromMs, toMs, clock.now());
    const { summary, exact, notes } = await traces.traffic(range, signal);
    return { summary, range, said: { fromMs, toMs, exact, notes: [...notes] } };
  };
  const meshRates = async ({ fromMinute, seconds }: MinuteRange, signal: AbortSignal): Promise<{ rates: MeshRate[]; notes: string[] }> => {
    try {
      return { rates: meshRatesOf(vectorRows(await metrics.query(meshRatesQuery(seconds), { time: fromMinute * 60 + seconds, signal }))), notes: [] };
    } catch (error) {
      signal.throwIfAborted();
      return { rates: [], notes: [`The mesh’s metrics could not be read, so the edges are not set beside them: ${messageOf(error)}`] };
    }
  };
  return [
    defineRoute({
      method: 'GET',
      path: '/api/traces/red',
      scope: 'view',
      summary: 'Rate, errors and latency of services, and of the operations of one, read out of spans.',
      query: RedQuery,
      response: RedAnswer,
      handle: async ({ query, signal }): Promise<RedAnswer> => {
        const { summary, range, said } = await read(query, signal);
        const operations = query.service === undefined ? [] : operationRows(summary, range, { service: query.service, kinds: query.kinds });
        return { services: serviceRows(summary, range), operations, ...said };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/red-series',
      scope: 'view',
      summary: 'Rate, errors and latency of a service or an operation over time.',
      query: RedSeriesQuery,
      response: RedSeriesAnswer,
      handle: async ({ query, signal }): Promise<RedSeriesAnswer> => {
        const { summary, range, said } = await read(query, signal);
        const incoming = serviceRows(summary, range).find((row) => row.service === query.service)?.incoming ?? false;
        const matches = (o: OperationTraffic): boolean => o.service === query.service && (query.name === undefined ? o.entries > 0 || !incoming : o.name === query.name) && (query.kind === undefined || o.kind === query.kind);
        const stepMinutes = Math.max(1, Math.ceil((range.toMinute - range.fromMinute + 1) / MAX_POINTS));
        return { ...trafficSeries(summary, range, stepMinutes, matches), ...said };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/dependencies',
      scope: 'view',
      summary: 'Who calls whom by the traces, beside what the mesh’s metrics count.',
      query: DependenciesQuery,
      response: DependenciesAnswer,
      handle: async ({ query, signal }): Promise<DependenciesAnswer> => {
        const { summary, range, said } = await read(query, signal);
        const { edges, ...rest } = dependencies(summary, range);
        const mesh = await meshRates(range, signal);
        return { ...rest, ...reconcile(edges, mesh.rates), ...said, notes: [...said.notes, ...mesh.notes] };
      },
    }),
  ];
}
