import { stringify } from 'yaml';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { DestinationRuleSpec, GatewaySpec, ServiceEntrySpec, VirtualServiceSpec, WorkloadEntrySpec } from '#mesh-core/domain/resources/networking.ts';
import type { PrometheusRuleSpec } from '#mesh-core/domain/resources/prometheus-rule.ts';
import type { AuthorizationPolicySpec, PeerAuthenticationSpec } from '#mesh-core/domain/resources/security.ts';
import type { CanaryRollout } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { ServiceSpec } from '#mesh-core/domain/resources/core.ts';
import { summarizeGatewayApi, summarizePolicy } from './describe-more-kinds.ts';

/** An object as an editor opens it: without what the server manages. */
export function editableYaml(object: KubeObject): string {
  const { status: _, metadata, ...rest } = object;
  const { uid: _u, generation: _g, creationTimestamp: _c, ...kept } = metadata;
  const { managedFields: _m, ...clean } = kept as typeof kept & { managedFields?: unknown };
  return stringify({ apiVersion: rest.apiVersion, kind: rest.kind, metadata: clean, ...without(rest, ['apiVersion', 'kind']) }, { lineWidth: 0 });
}

function without(object: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** What an object does, in a few words, for lists. Reads only what its kind's schema admits. */
export function summarize(object: KubeObject): string {
  switch (object.kind) {
    case 'VirtualService':
      return virtualService((object.spec ?? {}) as VirtualServiceSpec);
    case 'DestinationRule': {
      const spec = object.spec as DestinationRuleSpec | undefined;
      const subsets = (spec?.subsets ?? []).map((s) => s.name);
      return `${spec?.host ?? ''}${subsets.length === 0 ? '' : `: subsets ${subsets.join(', ')}`}`;
    }
    case 'Gateway':
      if (object.apiVersion.startsWith('gateway.networking.k8s.io/')) return summarizeGatewayApi(object) ?? '';
      return ((object.spec as GatewaySpec | undefined)?.servers ?? []).map((s) => `${s.port.protocol} ${s.port.number}: ${s.hosts.join(', ')}`).join('; ');
    case 'ServiceEntry': {
      const spec = object.spec as ServiceEntrySpec | undefined;
      return `${(spec?.hosts ?? []).join(', ')} (${spec?.location === 'MESH_INTERNAL' ? 'in the mesh' : 'outside the mesh'})`;
    }
    case 'AuthorizationPolicy':
      return authorization((object.spec ?? {}) as AuthorizationPolicySpec);
    case 'PeerAuthentication':
      return `mutual TLS ${(object.spec as PeerAuthenticationSpec | undefined)?.mtls?.mode ?? 'UNSET'}`;
    case 'WorkloadEntry': {
      const spec = object.spec as WorkloadEntrySpec | undefined;
      return [spec?.address, ...Object.entries(spec?.ports ?? {}).map(([n, p]) => `${n} ${p}`)].filter(Boolean).join(', ');
    }
    case 'Service':
      return ((object.spec as ServiceSpec | undefined)?.ports ?? []).map((p) => `${p.name ?? 'port'} ${p.port}`).join(', ');
    case 'ConfigMap':
      return Object.keys(object.data ?? {}).join(', ') || 'empty';
    case 'CanaryRollout': {
      const { spec, status } = object as CanaryRollout;
      return `${spec?.host ?? ''}: ${spec?.stable.subset ?? ''} → ${spec?.canary.subset ?? ''}, ${status?.phase ?? 'Pending'} at ${status?.weight ?? 0} %`;
    }
    case 'PrometheusRule':
      return ((object.spec as PrometheusRuleSpec | undefined)?.groups ?? []).map((group) => `${group.name}: ${(group.rules ?? []).map((rule) => rule.alert ?? rule.record).join(', ')}`).join('; ');
    default:
      return summarizePolicy(object) ?? summarizeGatewayApi(object) ?? '';
  }
}

function virtualService(spec: VirtualServiceSpec): string {
  const routes = (spec.http ?? []).map((route) => {
    const destinations = route.route ?? [];
    if (destinations.length === 0) return route.redirect === undefined ? 'direct response' : 'redirect';
    if (destinations.length === 1) return destinations[0]?.destination.subset ?? destinations[0]?.destination.host ?? '';
    const total = destinations.reduce((sum, d) => sum + (d.weight ?? 0), 0);
    return destinations.map((d) => `${d.destination.subset ?? d.destination.host} ${total === 0 ? 0 : Math.round((100 * (d.weight ?? 0)) / total)} %`).join(', ');
  });
  return `${(spec.hosts ?? []).join(', ')}: ${routes.join(' | ')}`;
}

function authorization(spec: AuthorizationPolicySpec): string {
  const whom = Object.values(spec.selector?.matchLabels ?? {}).join(', ') || 'every workload';
  const who = (spec.rules ?? []).flatMap((r) => (r.from ?? []).flatMap((f) => [...(f.source?.principals ?? []), ...(f.source?.namespaces ?? [])])).map((p) => p.split('/').at(-1));
  if ((spec.rules ?? []).length === 0) return `${spec.action ?? 'ALLOW'} nothing to ${whom}`;
  return `${spec.action ?? 'ALLOW'} ${who.length === 0 ? 'anybody' : who.join(', ')} → ${whom}`;
}
