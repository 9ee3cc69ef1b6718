import { vectorRows } from '#server/promql/vector-rows.ts';
import type { ServerContext } from '#server/server-context.ts';

/** A caller that a service's policies turn away. */
export interface Refusal {
  readonly source: string;
  readonly sourceNamespace: string;
  readonly service: string;
  readonly requestsPerSecond: number;
  /** Share (0..1) of its requests to that service that were answered 403. */
  readonly ratio: number;
}

const EDGE = 'source_workload,source_workload_namespace,destination_service_name';
/** Single refusals happen to honest callers; from this share on somebody is locked out. */
const LEAST_RATIO = 0.1;

/** Callers of which at least a tenth of the requests to a service were answered 403, most refused first. `window` is a PromQL range such as `[60s]`. */
export async function readRefusals(ctx: Pick<ServerContext, 'metrics'>, at: number, window: string): Promise<Refusal[]> {
  const rate = (selector: string): string => `sum by (${EDGE}) (rate(istio_requests_total{reporter="source"${selector}}${window}))`;
  const [refused, all] = await Promise.all([ctx.metrics.query(`${rate(',response_code="403"')} > 0`, { time: at }), ctx.metrics.query(rate(''), { time: at })]);
  const totals = new Map(vectorRows(all).map(({ labels, value }) => [edgeKey(labels), value]));
  return vectorRows(refused)
    .map(({ labels: metric, value: rps }) => ({ source: metric['source_workload'] ?? 'unknown', sourceNamespace: metric['source_workload_namespace'] ?? 'unknown', service: metric['destination_service_name'] ?? 'unknown', requestsPerSecond: rps, ratio: rps / (totals.get(edgeKey(metric)) ?? rps) }))
    .filter((r) => r.ratio >= LEAST_RATIO)
    .toSorted((a, b) => b.requestsPerSecond - a.requestsPerSecond);
}

function edgeKey(labels: Readonly<Record<string, string>>): string {
  return EDGE.split(',').map((name) => labels[name] ?? '').join('|');
}
