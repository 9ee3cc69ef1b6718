import type { BackendTlsPolicy, PolicyAncestorStatus, PolicyStatus, PolicyTarget } from '../resources/gateway-api.ts';
import { serviceFqdn } from '../resources/host-name.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { ClientTls } from '../resources/networking.ts';
import { sortGateways } from './backend-ancestors.ts';
import type { AncestorLookup, GatewayName } from './backend-ancestors.ts';
import { IGNORED, ancestorStatus, isIgnored, mergeAncestors, targetReference } from './backend-policy.ts';
import type { BackendPolicy } from './backend-policy.ts';
import { backendValidation } from './backend-validation.ts';
import type { ConfigError } from './conditions.ts';
import { GATEWAY_CONTROLLER, MESH_CONTROLLER } from './gateway-classes.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { REF } from './object-reference.ts';
import { findTarget } from './policy-target.ts';
import type { RouteContext } from './route-context.ts';

/** What became of a policy. */
export interface ConvertedPolicy {
  readonly status: PolicyStatus;
  readonly policies: readonly BackendPolicy[];
}

/**
 * A BackendTLSPolicy: TLS from proxies to the hosts of its targets. Of policies for the same target the oldest holds. An
 * error of one target stays in the status of all that follow it, as in istiod. Source: istiod's BackendTLSPolicyCollection.
 */
export function convertBackendTlsPolicy(policy: BackendTlsPolicy, input: GatewayApiInput, context: RouteContext, ancestorsOf: AncestorLookup, now: string): ConvertedPolicy {
  const moment = { generation: policy.metadata.generation, now };
  const existing = policy.status?.ancestors ?? [];
  const targets = policy.spec?.targetRefs ?? [];
  if (isIgnored(policy)) {
    const ignored = targets.map((target) => ancestorStatus(targetReference(target), existing, IGNORED, moment, MESH_CONTROLLER));
    return { status: { ...policy.status, ancestors: mergeAncestors(existing, ignored) }, policies: [] };
  }
  const namespace = namespaceOf(policy);
  const validation = backendValidation(policy.spec?.validation ?? {}, namespace, input);
  const sni = policy.spec?.validation?.hostname;
  const tls: ClientTls = { mode: 'SIMPLE', ...validation.tls, ...(sni === undefined ? undefined : { sni }) };
  let { accepted } = validation;
  const policies: BackendPolicy[] = [];
  const ancestors: PolicyAncestorStatus[] = [];
  const gateways: GatewayName[] = [];
  for (const target of targets) {
    const found = tlsTarget(target, namespace, input, context);
    if ('problem' in found) {
      accepted = { ...accepted, error: { reason: 'TargetNotFound', message: `targetRefs invalid: ${found.problem}` } };
    } else {
      const conflict = conflictOf(policy, target, input.backendTlsPolicies);
      if (conflict !== undefined) accepted = { ...accepted, error: conflict };
      else for (const host of found.hosts) policies.push({ source: policy, target: { kind: found.kind, namespace, name: target.name }, host, sectionName: target.sectionName || undefined, tls });
      gateways.push(...ancestorsOf(found.kind === 'Service' ? REF.service : REF.serviceEntry, namespace, target.name));
    }
    ancestors.push(ancestorStatus(targetReference(target), existing, { Accepted: accepted, ResolvedRefs: validation.resolved }, moment, MESH_CONTROLLER));
  }
  for (const { name } of sortGateways(gateways)) {
    const reference = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name };
    ancestors.push(ancestorStatus(reference, existing, { Accepted: accepted, ResolvedRefs: validation.resolved }, moment, GATEWAY_CONTROLLER));
  }
  return { status: { ...policy.status, ancestors: mergeAncestors(existing, ancestors) }, policies };
}

type TlsTarget = { readonly kind: 'Service' | 'ServiceEntry'; readonly hosts: readonly string[] } | { readonly problem: string };

/** Only Services and ServiceEntries have TLS, and a section is one of their ports. */
function tlsTarget(target: PolicyTarget, namespace: string, input: GatewayApiInput, context: RouteContext): TlsTarget {
  const found = findTarget(target, namespace, context, input);
  if ('problem' in found) return found;
  const key = `${namespace}/${target.name}`;
  const service = context.services.get(key);
  const entry = context.serviceEntries.get(key);
  const lacksPort = (ports: readonly { readonly name?: string }[] = []): boolean => Boolean(target.sectionName) && !ports.some(({ name }) => name === target.sectionName);
  const noPort = (kindText: string): TlsTarget => ({ problem: `sectionName "${target.sectionName ?? ''}" does not exist in ${kindText} ${key}` });
  if (found.kind === REF.service) return lacksPort(service?.spec?.ports) ? noPort('Service') : { kind: 'Service', hosts: [serviceFqdn(target.name, namespace, context.clusterDomain)] };
  if (found.kind === REF.serviceEntry) return lacksPort(entry?.spec?.ports) ? noPort('ServiceEntry') : { kind: 'ServiceEntry', hosts: entry?.spec?.hosts ?? [] };
  return { problem: `unsupported reference kind: ${target.kind}` };
}

/** Source: istiod's btlsIsConflicted. */
function conflictOf(policy: BackendTlsPolicy, target: PolicyTarget, all: readonly BackendTlsPolicy[]): ConfigError | undefined {
  const namespace = namespaceOf(policy);
  const winner = all.find(
    (other) =>
      other.metadata.uid !== policy.metadata.uid &&
      namespaceOf(other) === namespace &&
      !isIgnored(other) &&
      (other.spec?.targetRefs ?? []).some(({ group = '', kind, name, sectionName }) => group === (target.group ?? '') && kind === target.kind && name === target.name && sectionName === target.sectionName) &&
      isPreferred(other, policy),
  );
  return winner === undefined ? undefined : { reason: 'Conflicted', message: `Conflicts with BackendTLSPolicy "${winner.metadata.name}" targeting the same backend` };
}

function isPreferred(a: BackendTlsPolicy, b: BackendTlsPolicy): boolean {
  const ages = [a, b].map(({ metadata }) => metadata.creationTimestamp ?? '');
  const [older = '', younger = ''] = ages;
  return older === younger ? a.metadata.name < b.metadata.name : older < younger;
}
