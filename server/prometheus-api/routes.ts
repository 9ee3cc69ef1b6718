import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { RemoteMetricsBackend } from '#server/adapters/prometheus/remote-metrics-backend.ts';
import type { Route } from '#server/http/route.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import { withCors } from './cors.ts';
import { forwardedRoutes } from './forwarded-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { queryRoutes } from './query-routes.ts';
import { seriesRoutes } from './series-routes.ts';
import { statusRoutes, type PrometheusStatus } from './status-routes.ts';
import { targetRoutes, type TargetRoutesDeps } from './target-routes.ts';
import { countTsdbStatus, type TsdbStatusSource } from './tsdb-status.ts';

export interface PrometheusApiDeps {
  readonly metrics: MetricsBackend;
  readonly targets: () => readonly TargetStatus[];
  readonly dropped?: TargetRoutesDeps['dropped'];
  readonly pools?: TargetRoutesDeps['pools'];
  readonly clock: Pick<Clock, 'now'>;
  readonly status: PrometheusStatus;
  /** What the store tells of itself. By default it is counted from the list of all series. */
  readonly tsdb?: TsdbStatusSource;
  /** Origins (an RE2 pattern) whose pages may read the API. Default: none but the console's own. */
  readonly corsOrigin?: string | undefined;
  /** The server that keeps the metrics in place of this one: what it tells of itself is handed on. */
  readonly remote?: Pick<RemoteMetricsBackend, 'get'> | undefined;
  /** Whether functions behind Prometheus' feature flags may be formatted and parsed. Default off. */
  readonly experimental?: boolean;
}

/** Prometheus' HTTP API over a metrics backend, for Grafana, promtool and every other client of it. Source: web/api/v1/api.go. */
export function prometheusRoutes({ corsOrigin, ...deps }: PrometheusApiDeps): Route[] {
  const { remote } = deps;
  const own = (): Route[] => [...targetRoutes(deps), ...statusRoutes({ tsdb: countTsdbStatus(deps.metrics), ...deps })];
  // What a remote server takes is for it to say.
  const routes = [...queryRoutes({ ...deps, experimental: deps.experimental === true || remote !== undefined }), ...seriesRoutes(deps), ...(remote === undefined ? own() : forwardedRoutes({ remote }))];
  routes.push(...healthRoutes());
  return corsOrigin === undefined ? routes : withCors(routes, corsOrigin);
}
