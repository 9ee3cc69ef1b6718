import type { Route } from '#server/http/route.ts';
import { QueryError } from '#server/promql/metrics-backend.ts';
import { failure, success } from './answer.ts';
import { getRoute, row, type ApiHandler } from './api-route.ts';
import type { Parameters } from './parameters.ts';
import type { TsdbStatusSource } from './tsdb-status.ts';

/** What `/api/v1/status/*` tells of this server. */
export interface PrometheusStatus {
  /** The configuration in the form of Prometheus' file. */
  readonly configYaml: () => string;
  /** Options by Prometheus' names of them, as text. */
  readonly flags: () => Readonly<Record<string, string>>;
  /** When the server was started, Unix ms. */
  readonly startTime: number;
  readonly hostname: string;
  readonly directory: string;
  /** How long samples are kept, as Prometheus writes it: `6h`, `15d or 512MB`. */
  readonly retention: string;
}
export interface StatusRoutesDeps {
  readonly status: PrometheusStatus;
  readonly tsdb: TsdbStatusSource;
  readonly clock: { readonly now: () => number };
}

/** The release whose HTTP API this one follows: Grafana chooses by it what it asks for. */
const SPOKEN_VERSION = '3.5.0';
const DEFAULT_TSDB_LINES = 10;
const MAX_TSDB_LINES = 10_000;

/** The calls that tell of the server itself. Source: web/api/v1/api.go. */
export function statusRoutes({ status, tsdb, clock }: StatusRoutesDeps): Route[] {
  const runtimeInfo: ApiHandler = async () =>
    success({
      startTime: new Date(status.startTime).toISOString(), CWD: status.directory, hostname: status.hostname, serverTime: new Date(clock.now()).toISOString(), reloadConfigSuccess: true,
      lastConfigTime: new Date(status.startTime).toISOString(), corruptionCount: 0, goroutineCount: 0, GOMAXPROCS: 0, GOMEMLIMIT: 0, GOGC: '', GODEBUG: '', storageRetention: status.retention,
    });
  // Prometheus answers this one with 500, unlike what its documents say of "unavailable".
  const disabled: ApiHandler = async () => failure(new QueryError('unavailable', 'admin APIs disabled'), 500);
  return [
    getRoute('/status/config', [], 'The configuration in the form of Prometheus.', async () => success({ yaml: status.configYaml() })),
    getRoute('/status/flags', [], 'Options in the names of Prometheus.', async () => success(status.flags())),
    getRoute('/status/buildinfo', [], 'Which version of the Prometheus API this is.', async () => success({ version: SPOKEN_VERSION, revision: 'binnacle', branch: '', buildUser: '', buildDate: '', goVersion: '' })),
    getRoute('/status/runtimeinfo', [], 'Since when the server runs and how long it keeps samples.', runtimeInfo),
    getRoute('/status/tsdb', ['limit'], 'Where the most series are.', async (parameters) => success(await tsdb(linesOf(parameters)))),
    // The log was read before anything was served.
    getRoute('/status/walreplay', [], 'How far the log is read.', async () => success({ min: 0, max: 0, current: 0 })),
    getRoute('/alertmanagers', [], 'Where alerts are sent: nowhere.', async () => success({ activeAlertmanagers: [], droppedAlertmanagers: [] })),
    getRoute('/notifications', [], 'What an operator should know: nothing.', async () => success([])),
    ...(['POST', 'PUT'] as const).flatMap((method) =>
      ['delete_series', 'clean_tombstones', 'snapshot'].map((verb) => row(method, `/admin/tsdb/${verb}`, [], 'Not offered.', disabled))),
  ];
}

function linesOf(parameters: Parameters): number {
  const text = parameters.text('limit');
  if (text === undefined) return DEFAULT_TSDB_LINES;
  if (!/^\+?\d{1,18}$/.test(text) || Number(text) < 1) throw new QueryError('bad_data', 'limit must be a positive number');
  if (Number(text) > MAX_TSDB_LINES) throw new QueryError('bad_data', `limit must not exceed ${MAX_TSDB_LINES}`);
  return Number(text);
}
