import type { Route } from '#server/http/route.ts';
import type { Parameter, RemoteMetricsBackend } from '#server/adapters/prometheus/remote-metrics-backend.ts';
import { success } from './answer.ts';
import { getRoute } from './api-route.ts';

const FORWARDED: readonly (readonly [path: string, names: readonly string[], summary: string])[] = [
  ['/targets', ['state', 'scrapePool'], 'Scrape targets of the remote server.'],
  ['/targets/metadata', ['match_target', 'metric', 'limit'], 'Type and help of metrics, by the target that gives them.'],
  ['/scrape_pools', [], 'The groups of scrape targets of the remote server.'],
  ['/status/config', [], 'The configuration of the remote server.'],
  ['/status/flags', [], 'Options of the remote server.'],
  ['/status/buildinfo', [], 'Version of the remote server.'],
  ['/status/runtimeinfo', [], 'Since when the remote server runs and how long it keeps samples.'],
  ['/status/tsdb', ['limit'], 'Where the most series of the remote server are.'],
  ['/status/walreplay', [], 'How far the remote server has read its log.'],
  ['/alertmanagers', [], 'Where the remote server sends alerts.'],
];

/** What a remote server tells of itself and its targets, handed on. */
export function forwardedRoutes({ remote }: { readonly remote: Pick<RemoteMetricsBackend, 'get'> }): Route[] {
  return FORWARDED.map(([path, names, summary]) =>
    getRoute(path, names, summary, async (parameters, { signal }) => {
      const given = names.flatMap((name) => parameters.all(name).map((value): Parameter => [name, value]));
      return success(await remote.get(path, given, signal));
    }));
}
