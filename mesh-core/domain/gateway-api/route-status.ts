import type { ParentReference, RouteParentStatus } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareText } from '../translate/config-order.ts';
import { setConditions } from './conditions.ts';
import type { ConfigError } from './conditions.ts';
import { GATEWAY_CONTROLLER } from './gateway-classes.ts';
import { parentReferenceText } from './object-reference.ts';
import { isMesh } from './route-attachments.ts';
import type { AnyRoute, RouteAttachment } from './route-attachments.ts';

/** What is wrong with a route's rules, for the mesh and for gateways. */
export interface RuleErrors {
  readonly mesh: ConfigError | undefined;
  readonly gateway: ConfigError | undefined;
}

/** The smaller, the more a person needs to know of it. */
const SEVERITY = ['NotAllowedByListeners', 'NoMatchingListenerHostname', 'ParentRefConflict', 'NoMatchingParent'];

/**
 * The `status.parents` of a route: one entry per parent reference, however many listeners it reaches. Entries of other
 * controllers stay as they are, our own keep their place, and those without a reference go. Source: istiod's createRouteStatus.
 */
export function routeParentStatuses(route: AnyRoute, attachments: readonly RouteAttachment[], errors: RuleErrors, now: string): RouteParentStatus[] {
  const namespace = namespaceOf(route);
  const textOf = (reference: ParentReference): string => parentReferenceText(reference, namespace);
  const parents = [...(route.status?.parents ?? [])];
  const places = new Map<string, number>();
  for (const [index, { controllerName, parentRef }] of parents.entries()) {
    if (controllerName === GATEWAY_CONTROLLER && !places.has(textOf(parentRef))) places.set(textOf(parentRef), index);
  }
  const added: RouteParentStatus[] = [];
  for (const group of Map.groupBy(attachments, ({ reference }) => identityOf(reference)).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { reference } = first;
    const bound = group.filter(({ denied }) => denied === undefined).length;
    const text = textOf(reference);
    const existing = route.status?.parents?.find(({ parentRef, controllerName }) => controllerName === GATEWAY_CONTROLLER && textOf(parentRef) === text);
    const wishes = {
      Accepted: { reason: 'Accepted', message: bound > 1 ? `Route was valid, bound to ${bound} parents` : 'Route was valid', error: worstDenial(group) },
      ResolvedRefs: { reason: 'ResolvedRefs', message: 'All references resolved', error: isMesh(first) ? errors.mesh : errors.gateway },
    };
    const status: RouteParentStatus = { parentRef: reference, controllerName: GATEWAY_CONTROLLER, conditions: setConditions(existing?.conditions, wishes, { generation: route.metadata.generation, now }) };
    const place = places.get(text);
    if (place === undefined) added.push(status);
    else parents[place] = status;
    places.delete(text);
  }
  const stale = new Set(places.values());
  added.sort((a, b) => compareText(textOf(b.parentRef), textOf(a.parentRef)));
  return [...parents.filter((_, index) => !stale.has(index)), ...added];
}

/** One listener that takes the route is enough. Errors of the same kind are joined. */
function worstDenial(group: readonly RouteAttachment[]): ConfigError | undefined {
  const denials = group.map(({ denied }) => denied);
  if (denials.includes(undefined)) return undefined;
  const errors = denials.filter((error) => error !== undefined);
  const worst = Math.min(...errors.map(({ reason }) => SEVERITY.indexOf(reason)));
  const same = errors.filter(({ reason }) => SEVERITY.indexOf(reason) === worst);
  const [first] = same;
  return first === undefined ? undefined : { reason: first.reason, message: same.map(({ message }) => message).join('; ') };
}

/** References that give a name only are the same where the name is; others stand for themselves, as they do in istiod. */
function identityOf(reference: ParentReference): ParentReference | string {
  const { group, kind, namespace, sectionName, port, name } = reference;
  return [group, kind, namespace, sectionName, port].every((part) => part === undefined) ? name : reference;
}
