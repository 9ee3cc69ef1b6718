import type { PanelQuery } from '#components/charts/promql-panel.tsx';

/** The two sides of a rollout, by the workloads that serve them. */
export interface Arms {
  /** `payment.shop.svc.cluster.local` */
  readonly fqdn: string;
  readonly stable: { readonly label: string; readonly workloads: readonly string[] };
  readonly canary: { readonly label: string; readonly workloads: readonly string[] };
}

export const STABLE_COLOR = 'var(--series-1)';
export const CANARY_COLOR = 'var(--series-2)';
const WINDOW = '30s';

/** Requests per second to each version, as callers count them. */
export function rateQueries(arms: Arms): PanelQuery[] {
  return bothArms(arms, (selector) => `sum(rate(istio_requests_total{${selector}}[${WINDOW}]))`);
}

/** Share (0..1) of requests to each version that were not answered 5xx and did arrive. */
export function successQueries(arms: Arms): PanelQuery[] {
  return bothArms(arms, (selector) => `1 - (sum(rate(istio_requests_total{${selector},response_code=~"5..|0"}[${WINDOW}])) or 0 * sum(rate(istio_requests_total{${selector}}[${WINDOW}]))) / sum(rate(istio_requests_total{${selector}}[${WINDOW}]))`);
}

/** p95 of the time to answer, milliseconds. */
export function latencyQueries(arms: Arms, quantile = 0.95): PanelQuery[] {
  return bothArms(arms, (selector) => `histogram_quantile(${quantile}, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${selector}}[${WINDOW}])))`);
}

/** The canary's measured share of both versions' requests, percent. */
export function shareQuery({ fqdn, stable, canary }: Arms): string {
  const rate = (workloads: readonly string[]): string => `sum(rate(istio_requests_total{${selectorOf(fqdn, workloads)}}[${WINDOW}]))`;
  return `100 * (${rate(canary.workloads)} or vector(0)) / ${rate([...stable.workloads, ...canary.workloads])}`;
}

function bothArms(arms: Arms, promql: (selector: string) => string): PanelQuery[] {
  return [
    { promql: promql(selectorOf(arms.fqdn, arms.stable.workloads)), legend: arms.stable.label, color: STABLE_COLOR },
    { promql: promql(selectorOf(arms.fqdn, arms.canary.workloads)), legend: arms.canary.label, color: CANARY_COLOR },
  ];
}

function selectorOf(fqdn: string, workloads: readonly string[]): string {
  const names = workloads.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
  return `reporter="source",destination_service=${JSON.stringify(fqdn)},destination_workload=~${JSON.stringify(names === '' ? 'none' : names)}`;
}
