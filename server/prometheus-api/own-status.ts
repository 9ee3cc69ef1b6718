import { hostname } from 'node:os';
import { formatDurationMs } from '#server/promql/durations.ts';
import type { ServerOptions } from '#server/server-options.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import type { PrometheusStatus } from './status-routes.ts';

/** This server in the words of Prometheus: Kiali and Grafana read the scrape interval and the retention from them. */
export function ownStatus(options: Pick<ServerOptions, 'host' | 'port' | 'dataDir' | 'scrapeSeconds' | 'retentionMs' | 'maxMetricsBytes'>, startTime: number, targets: () => readonly TargetStatus[]): PrometheusStatus {
  const retention = formatDurationMs(options.retentionMs);
  const interval = formatDurationMs(options.scrapeSeconds * 1000);
  return {
    configYaml: () => {
      const intervals = new Map(targets().map(({ scrapePool, scrapeIntervalSeconds }) => [scrapePool, formatDurationMs(scrapeIntervalSeconds * 1000)]));
      const jobs = [...intervals].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([pool, every]) => `- job_name: ${JSON.stringify(pool)}\n  scrape_interval: ${every}\n`).join('');
      return `global:\n  scrape_interval: ${interval}\n  scrape_timeout: ${interval}\n  evaluation_interval: 1m\n${jobs === '' ? '' : `scrape_configs:\n${jobs}`}`;
    },
    flags: () => ({
      'query.lookback-delta': '5m',
      'query.max-samples': '50000000',
      'query.timeout': '2m',
      'storage.tsdb.path': options.dataDir,
      'storage.tsdb.retention.size': `${Math.round(options.maxMetricsBytes / 1024 / 1024)}MB`,
      'storage.tsdb.retention.time': retention,
      'web.enable-admin-api': 'false',
      'web.listen-address': `${options.host}:${options.port}`,
    }),
    startTime,
    hostname: hostname(),
    directory: process.cwd(),
    retention,
  };
}
