import type { ServerContext } from '#server/server-context.ts';

/** Traffic into one workload or service over the window. */
export interface TrafficEntry {
  rate: number;
  errors: number;
  p95: number | null;
  /** code → requests/s; `-` = no response. */
  codes: Record<string, number>;
}
export interface TrafficTable {
  /** By `namespace/workload`. */
  readonly workloads: ReadonlyMap<string, TrafficEntry>;
  /** By host, `catalog.shop.svc.cluster.local`. */
  readonly services: ReadonlyMap<string, TrafficEntry>;
}

/** Four queries for the whole mesh, as callers report it. A failed query leaves its numbers out; all failing throws the first error. */
export async function readTraffic(ctx: Pick<ServerContext, 'metrics' | 'clock' | 'scrapeIntervalSeconds'>, at: number | undefined, windowSeconds = 60): Promise<TrafficTable> {
  const time = at ?? ctx.clock.now() / 1000;
  const window = `[${Math.ceil(Math.max(windowSeconds, 2.2 * ctx.scrapeIntervalSeconds))}s]`;
  const workload = 'destination_workload_namespace,destination_workload';
  const requests = (by: string): string => `sum by (${by},response_code) (rate(istio_requests_total{reporter="source"}${window})) > 0`;
  const p95 = (by: string): string => `histogram_quantile(0.95, sum by (le,${by}) (rate(istio_request_duration_milliseconds_bucket{reporter="source"}${window})))`;
  const queries = [requests(workload), p95(workload), requests('destination_service'), p95('destination_service')];
  const answers = await Promise.allSettled(queries.map((q) => ctx.metrics.query(q, { time })));
  const first = answers[0];
  if (first?.status === 'rejected' && answers.every((a) => a.status === 'rejected')) throw first.reason;
  const tables = [new Map<string, TrafficEntry>(), new Map<string, TrafficEntry>()] as const;
  answers.forEach((answer, index) => {
    if (answer.status !== 'fulfilled' || answer.value.value.resultType !== 'vector') return;
    const byService = index >= 2;
    const table = tables[byService ? 1 : 0];
    for (const { metric, value } of answer.value.value.result) {
      const key = byService ? (metric['destination_service'] ?? '') : `${metric['destination_workload_namespace'] ?? ''}/${metric['destination_workload'] ?? ''}`;
      let entry = table.get(key);
      if (entry === undefined) {
        entry = { rate: 0, errors: 0, p95: null, codes: {} };
        table.set(key, entry);
      }
      if (index % 2 === 1) {
        if (Number.isFinite(value[1])) entry.p95 = value[1];
        continue;
      }
      const code = metric['response_code'] === '0' || metric['response_code'] === undefined ? '-' : metric['response_code'];
      entry.rate += value[1];
      entry.codes[code] = (entry.codes[code] ?? 0) + value[1];
      if (code === '-' || code.startsWith('5')) entry.errors += value[1];
    }
  });
  // A quantile of buckets that stand still is no traffic.
  for (const table of tables) for (const [key, entry] of table) if (entry.rate === 0) table.delete(key);
  return { workloads: tables[0], services: tables[1] };
}
