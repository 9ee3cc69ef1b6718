import { paths, withParams } from '#components/api/paths.ts';
import type { Attribute, Intrinsic, Static } from '#server/traces/traceql/ast.ts';
import { printField, printStatic } from '#server/traces/traceql/print.ts';
import type { SpanDetails } from '#server/traces/view/schemas.ts';

export interface WorkloadRef {
  readonly namespace: string;
  readonly name: string;
}

/** The workload a span was made in, when its resource says so (Kubernetes' semantic conventions, or Istio's service name). */
export function workloadOf(resource: Readonly<Record<string, unknown>>): WorkloadRef | undefined {
  const namespace = text(resource['k8s.namespace.name']) ?? text(resource['service.namespace']);
  const name = text(resource['k8s.deployment.name']);
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** The policy that refused a request, from Envoy's response code details. `none`: no ALLOW policy listed it. */
export type Refusal = { readonly kind: 'policy'; readonly namespace: string; readonly name: string; readonly rule: string } | { readonly kind: 'none-allowed' };

/** Reads `rbac_access_denied_matched_policy[ns[shop]-policy[inventory]-rule[0]]`; `undefined` when the request was not refused by RBAC. */
export function refusalOf(span: Pick<SpanDetails, 'attributes'>): Refusal | undefined {
  const details = text(span.attributes['response_code_details']);
  const matched = /^rbac_access_denied_matched_policy\[(.*)\]$/.exec(details ?? '')?.[1];
  if (matched === undefined) return undefined;
  const policy = /^ns\[([^\]]*)\]-policy\[([^\]]*)\]-rule\[([^\]]*)\]/.exec(matched);
  return policy === null ? { kind: 'none-allowed' } : { kind: 'policy', namespace: policy[1] ?? '', name: policy[2] ?? '', rule: policy[3] ?? '' };
}

const AROUND_MS = 300_000;

/** The time range of charts around a moment (Unix ms): five minutes before and after. */
export function rangeAround(ms: number): { readonly from: string; readonly to: string } {
  const iso = (at: number): string => new Date(at).toISOString();
  return { from: iso(ms - AROUND_MS), to: iso(ms + AROUND_MS) };
}

/** Charts of a workload around a moment (Unix ms). */
export function metricsHref(workload: WorkloadRef, ms: number): string {
  return withParams(paths.dashboard('workload'), { workload: `${workload.namespace}/${workload.name}`, ...rangeAround(ms) });
}

/** Where a hop leads: by the cluster its caller's proxy chose, `outbound|80|v1|catalog.shop.svc.cluster.local`. */
export interface Upstream {
  readonly host: string;
  readonly port: string;
  /** Of a DestinationRule. */
  readonly subset: string | undefined;
  /** Set when the host is a service of the cluster. */
  readonly service: { readonly namespace: string; readonly name: string } | undefined;
}

/** Reads the name of an outbound cluster; `undefined` for others (inbound, passthrough). */
export function upstreamOf(cluster: string | undefined): Upstream | undefined {
  const [direction, port, subset, host] = (cluster ?? '').split('|');
  if (direction !== 'outbound' || host === undefined || host === '') return undefined;
  const service = /^([^.]+)\.([^.]+)\.svc(\.|$)/.exec(host);
  return { host, port: port ?? '', subset: subset === '' ? undefined : subset, service: service === null ? undefined : { name: service[1] ?? '', namespace: service[2] ?? '' } };
}

/** Objects of the configuration that name a host: the way to its routes and destination rules. */
export function configHref(kind: string, service: { readonly namespace: string }, name: string): string {
  return withParams(paths.config(), { kind, namespace: service.namespace, q: name });
}

/** Traces with a span whose field has this value; `undefined` for values that TraceQL cannot compare. */
export function searchHref(field: Attribute | Intrinsic, value: unknown, range: { readonly from: string; readonly to: string } | undefined): string | undefined {
  const condition = conditionText(field, value);
  return condition === undefined ? undefined : queryHref(`{ ${condition} }`, range);
}

/** The search page with a query. */
export function queryHref(query: string, range: { readonly from: string; readonly to: string } | undefined): string {
  return withParams(paths.traces(), { q: query, ...range });
}

/** `span.http.method = "GET"`. */
export function conditionText(field: Attribute | Intrinsic, value: unknown): string | undefined {
  const literal = staticOf(value);
  return literal === undefined ? undefined : `${printField(field)} = ${printStatic(literal)}`;
}

function staticOf(value: unknown): Static | undefined {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value !== 'number') return undefined;
  return Number.isSafeInteger(value) ? { type: 'int', value: BigInt(value) } : { type: 'float', value };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
