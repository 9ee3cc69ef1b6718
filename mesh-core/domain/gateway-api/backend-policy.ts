import type { ParentReference, PolicyAncestorStatus, PolicyTarget } from '../resources/gateway-api.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { ClientTls, LoadBalancer, TrafficPolicy } from '../resources/networking.ts';
import type { ConditionWishes } from './conditions.ts';
import { setConditions } from './conditions.ts';
import { GATEWAY_CONTROLLER, MESH_CONTROLLER } from './gateway-classes.ts';
import type { StatusMoment } from './conditions.ts';

/** What one policy asks for one host of a backend; policies of the same target and host become one DestinationRule. */
export interface BackendPolicy {
  readonly source: KubeObject;
  readonly target: { readonly kind: 'Service' | 'ServiceEntry' | 'XBackend'; readonly namespace: string; readonly name: string };
  readonly host: string;
  /** A port, by name (looked up in the target) or number; without either the whole host. */
  readonly sectionName?: string | undefined;
  readonly port?: number;
  readonly tls?: ClientTls;
  readonly loadBalancer?: LoadBalancer;
  readonly retryBudget?: TrafficPolicy['retryBudget'];
}

const IGNORE_ANNOTATION = 'istio.io/ignore-policy-attachment';
const OURS: ReadonlySet<string> = new Set([GATEWAY_CONTROLLER, MESH_CONTROLLER]);

/** Does an annotation exclude the policy? */
export function isIgnored({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[IGNORE_ANNOTATION]?.toLowerCase() === 'true';
}

/** What an ignored policy's status says. */
export const IGNORED: ConditionWishes = {
  Accepted: { reason: 'Accepted', message: 'Configuration is valid', error: { reason: 'IgnoredByIstio', message: `Ignored by Istio due to annotation ${IGNORE_ANNOTATION}=true` } },
};

/** A target as a status names it. */
export function targetReference({ group = '', kind, name, sectionName }: PolicyTarget): ParentReference {
  return { group, kind, name, ...(sectionName === undefined ? undefined : { sectionName }) };
}

/** The status of a policy at one ancestor, upon what its status says already. */
export function ancestorStatus(ancestorRef: ParentReference, existing: readonly PolicyAncestorStatus[], wishes: ConditionWishes, moment: StatusMoment, controllerName: string): PolicyAncestorStatus {
  const current = existing.find((entry) => isSame(entry.ancestorRef, ancestorRef));
  return { ancestorRef, controllerName, conditions: setConditions(current?.conditions, wishes, moment) };
}

/**
 * New ancestors among those that are there: others' entries stay, ours are replaced in their place, and go when there is
 * nothing new of them. At most `limit` entries, which the API server would refuse more of. Source: istiod's mergeAncestors.
 */
export function mergeAncestors(existing: readonly PolicyAncestorStatus[], incoming: readonly PolicyAncestorStatus[], limit = 16): PolicyAncestorStatus[] {
  const fresh = [...incoming];
  const kept = existing.flatMap((entry) => {
    if (!OURS.has(entry.controllerName)) return [entry];
    const at = fresh.findIndex((candidate) => isSame(candidate.ancestorRef, entry.ancestorRef));
    return at === -1 ? [] : fresh.splice(at, 1);
  });
  return [...kept, ...fresh].slice(0, limit);
}

function isSame(a: ParentReference, b: ParentReference): boolean {
  return a.group === b.group && a.kind === b.kind && a.name === b.name && a.namespace === b.namespace && a.sectionName === b.sectionName && a.port === b.port;
}
