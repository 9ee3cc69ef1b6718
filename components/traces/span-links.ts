import { paths, withParams } from '#components/api/paths.ts';
import type { SpanView, TraceView } from '#server/traces/schemas.ts';

/** The workload a span was made in, when its resource says so (Kubernetes' semantic conventions, or Istio's service name). */
export function workloadOfSpan(span: Pick<SpanView, 'source' | 'attributes'>, sources: TraceView['sources']): { readonly namespace: string; readonly name: string } | undefined {
  const resource = sources[span.source]?.resource ?? {};
  const namespace = text(resource['k8s.namespace.name']) ?? text(resource['service.namespace']);
  const name = text(resource['k8s.deployment.name']);
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** The policy that refused a request, from Envoy's response code details. `none`: no ALLOW policy listed it. */
export type Refusal = { readonly kind: 'policy'; readonly namespace: string; readonly name: string; readonly rule: string } | { readonly kind: 'none-allowed' };

/** Reads `rbac_access_denied_matched_policy[ns[shop]-policy[inventory]-rule[0]]`; `undefined` when the request was not refused by RBAC. */
export function refusalOf(span: Pick<SpanView, 'attributes'>): Refusal | undefined {
  const details = text(span.attributes['response_code_details']);
  const matched = /^rbac_access_denied_matched_policy\[(.*)\]$/.exec(details ?? '')?.[1];
  if (matched === undefined) return undefined;
  const policy = /^ns\[([^\]]*)\]-policy\[([^\]]*)\]-rule\[([^\]]*)\]/.exec(matched);
  return policy === null ? { kind: 'none-allowed' } : { kind: 'policy', namespace: policy[1] ?? '', name: policy[2] ?? '', rule: policy[3] ?? '' };
}

/** Charts of a workload around a span: five minutes before and after. */
export function metricsHref(workload: { readonly namespace: string; readonly name: string }, span: Pick<SpanView, 'startUnixNano'>): string {
  const ms = Number(BigInt(span.startUnixNano) / 1_000_000n);
  const iso = (at: number): string => new Date(at).toISOString();
  return withParams(paths.dashboard('workload'), { workload: `${workload.namespace}/${workload.name}`, from: iso(ms - 300_000), to: iso(ms + 300_000) });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
