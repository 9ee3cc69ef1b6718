import type { KubeBackend, PolicyAncestorStatus, RouteStatus } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { ClientTls } from '../resources/networking.ts';
import type { AncestorLookup } from './backend-ancestors.ts';
import { ancestorStatus, mergeAncestors } from './backend-policy.ts';
import type { BackendPolicy } from './backend-policy.ts';
import { backendValidation } from './backend-validation.ts';
import type { ConditionWish, ConfigError } from './conditions.ts';
import { GATEWAY_CONTROLLER, MESH_CONTROLLER } from './gateway-classes.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { REF } from './object-reference.ts';

const GROUP = 'gateway.networking.x-k8s.io';

/** An XBackend: a host outside, with the TLS that it is called with. Source: istiod's BackendResourcePolicyCollection. */
export function convertExternalBackend(backend: KubeBackend, input: GatewayApiInput, ancestorsOf: AncestorLookup, now: string): { readonly status: RouteStatus; readonly policies: readonly BackendPolicy[] } {
  const moment = { generation: backend.metadata.generation, now };
  const namespace = namespaceOf(backend);
  const { name } = backend.metadata;
  const hostname = backend.spec?.externalHostname?.hostname;
  const existing = (backend.status?.parents ?? []).map(({ parentRef, ...rest }): PolicyAncestorStatus => ({ ancestorRef: parentRef, ...rest }));
  const outcome = hostname === undefined || backend.spec?.type !== 'ExternalHostname' ? refused({ reason: 'Invalid', message: `unsupported backend type: ${backend.spec?.type ?? ''}` }) : tlsOf(backend, hostname, namespace, input);
  const wishes = { Accepted: outcome.accepted, ResolvedRefs: outcome.resolved };
  const ancestors = [
    ancestorStatus({ group: GROUP, kind: 'XBackend', name }, existing, wishes, moment, MESH_CONTROLLER),
    ...ancestorsOf(REF.backend, namespace, name).map((gateway) => ancestorStatus({ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...gateway }, existing, wishes, moment, GATEWAY_CONTROLLER)),
  ];
  return {
    status: { ...backend.status, parents: mergeAncestors(existing, ancestors, 32).map(({ ancestorRef, ...rest }) => ({ parentRef: ancestorRef, ...rest })) },
    policies: outcome.tls === undefined || hostname === undefined ? [] : [{ source: backend, target: { kind: 'XBackend', namespace, name }, host: hostname, port: backend.spec?.port?.port ?? 0, tls: outcome.tls }],
  };
}

interface TlsOutcome {
  readonly tls?: ClientTls;
  readonly accepted: ConditionWish;
  readonly resolved: ConditionWish;
}

function refused(error: ConfigError | undefined): TlsOutcome {
  return { accepted: { reason: 'Accepted', message: 'Configuration is valid', error }, resolved: { reason: 'ResolvedRefs', message: 'Configuration is valid' } };
}

function tlsOf(backend: KubeBackend, hostname: string, namespace: string, input: GatewayApiInput): TlsOutcome {
  const tls = backend.spec?.tls;
  switch (tls?.mode) {
    case 'ServerOnly': {
      const validation = backendValidation(tls.validation ?? {}, namespace, input);
      return { tls: { mode: 'SIMPLE', ...validation.tls, sni: tls.validation?.hostname || hostname }, accepted: validation.accepted, resolved: validation.resolved };
    }
    case 'ClientAndServer':
      return refused({ reason: 'Invalid', message: 'unsupported ClientAndServer TLS mode: Istio does not support client certificates on backend' });
    case 'None':
      return refused(undefined);
    default:
      return refused(tls === undefined ? undefined : { reason: 'Invalid', message: `unsupported TLS mode: "${tls.mode ?? ''}"` });
  }
}
