import type { ParentReference, RouteStatus } from '../resources/gateway-api.ts';
import { hostMatches, hostSubsetOf, isWildcardHost } from '../resources/host-name.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { Labels } from '../resources/label-selector.ts';
import { compareText } from '../translate/config-order.ts';
import type { ConfigError } from './conditions.ts';
import { GATEWAY_CONTROLLER, MESH_CONTROLLER } from './gateway-classes.ts';
import { REF, kindName, parentReferenceText, referencedKind } from './object-reference.ts';
import { MESH_KEY } from './route-context.ts';
import type { RouteContext } from './route-context.ts';
import { parentKey } from './route-parent.ts';
import type { RouteParent } from './route-parent.ts';

/** What all kinds of routes have in common. */
export type AnyRoute = KubeObject<{ readonly parentRefs?: readonly ParentReference[]; readonly hostnames?: readonly string[] }, RouteStatus>;

/** A route at one listener, or at the mesh. Source: istiod's routeParentReference. */
export interface RouteAttachment {
  readonly reference: ParentReference;
  /** `group/kind` of what the reference names. */
  readonly parentKind: string;
  readonly parentNamespace: string;
  readonly parent: RouteParent;
  /** Why the parent does not take the route. */
  readonly denied: ConfigError | undefined;
  /** Host names of other listeners of the same port and protocol: their requests are not this listener's. */
  readonly otherHostnames: ReadonlySet<string>;
}

const PARENTS: ReadonlySet<string> = new Set([REF.gateway, REF.service, REF.serviceEntry, REF.listenerSet]);

export function isMesh({ parent }: RouteAttachment): boolean {
  return parent.internalName === 'mesh';
}

/** Every listener (or the mesh) that a route's parent references reach, those that refuse it too. Source: istiod's extractParentReferenceInfo. */
export function routeAttachments(route: AnyRoute, routeKind: string, context: RouteContext): RouteAttachment[] {
  const namespace = namespaceOf(route);
  const attachments: RouteAttachment[] = [];
  for (const reference of route.spec?.parentRefs ?? []) {
    const kind = referencedKind(reference, REF.gateway);
    // Of a kind that is not ours, the reference may be for another controller.
    if (!PARENTS.has(kind)) continue;
    const parentNamespace = reference.namespace ?? namespace;
    const forMesh = kind === REF.service || kind === REF.serviceEntry;
    if (forMesh && hasForeignWaypoint(kind, parentNamespace, reference.name, context)) continue;
    const parents = context.parentsOf(forMesh ? MESH_KEY : parentKey(kind, parentNamespace, reference.name));
    for (const parent of parents) {
      const others = parents.filter((other) => other !== parent && other.port === parent.port && other.protocol === parent.protocol).map(({ hostname }) => hostname);
      attachments.push({
        reference,
        parentKind: kind,
        parentNamespace,
        parent,
        denied: forMesh ? missingParent(kind, parentNamespace, reference.name, context) ?? wrongKind(parent, routeKind) : (refusal(parent, reference, route, namespace) ?? wrongKind(parent, routeKind)),
        otherHostnames: new Set(others.filter((hostname) => hostname !== parent.hostname)),
      });
    }
  }
  return attachments.sort((a, b) => compareText(parentReferenceText(a.reference, namespace), parentReferenceText(b.reference, namespace)));
}

/** Those that were not refused, in the order of their parents. Source: istiod's filteredReferences. */
export function acceptedAttachments(attachments: readonly RouteAttachment[]): RouteAttachment[] {
  return attachments.filter(({ denied }) => denied === undefined).sort((a, b) => compareText(a.parent.internalName, b.parent.internalName));
}

/**
 * May a route's host be served at this listener, or does a listener of a closer host name have it? Source: istiod's
 * hostnameAllowedByIsolation.
 */
export function isOwnHost({ parent, otherHostnames }: RouteAttachment, routeHost: string): boolean {
  const own = parent.hostname;
  if (own !== '' && !isWildcardHost(own)) return true;
  if (own !== '' && !hostMatches(routeHost, own)) return false;
  return ![...otherHostnames].some((other) => own.length <= other.length && hostSubsetOf(routeHost, other));
}

function missingParent(kind: string, namespace: string, name: string, { services, serviceEntries }: RouteContext): ConfigError | undefined {
  if (kind === REF.service) return services.has(`${namespace}/${name}`) ? undefined : { reason: 'NoMatchingParent', message: `parent service: "${name}" not found` };
  return serviceEntries.has(`${namespace}/${name}`) ? undefined : { reason: 'NoMatchingParent', message: `parent service entry: "${name}" not found` };
}

function wrongKind({ allowedKinds }: RouteParent, routeKind: string): ConfigError | undefined {
  if (allowedKinds.some(({ group = 'gateway.networking.k8s.io', kind }) => `${group}/${kind}` === routeKind)) return undefined;
  const slash = routeKind.indexOf('/');
  return { reason: 'NotAllowedByListeners', message: `kind ${routeKind.slice(0, slash)}/v1/${kindName(routeKind)} is not allowed` };
}

/** Port and section first, then host names: one that overlaps is enough, the others are left out of what is served. */
function refusal(parent: RouteParent, { port, sectionName }: ParentReference, route: AnyRoute, namespace: string): ConfigError | undefined {
  if (port && port !== parent.port) return { reason: 'NoMatchingParent', message: `port ${port} not found` };
  if (sectionName && sectionName !== parent.sectionName) return { reason: 'NoMatchingParent', message: `sectionName "${sectionName}" not found` };
  if (parent.hosts.length === 0) return undefined;
  const asked = route.spec?.hostnames ?? [];
  let hostMatched = false;
  for (const hostname of asked.length === 0 ? ['*'] : asked) {
    for (const host of parent.hosts) {
      const slash = host.indexOf('/');
      const allowed = slash === -1 ? '*' : host.slice(0, slash);
      if (!hostMatches(host.slice(slash + 1), hostname)) continue;
      if (allowed === '*' || allowed === namespace) return undefined;
      hostMatched = true;
    }
  }
  if (hostMatched) return { reason: 'NotAllowedByListeners', message: `hostnames matched parent hostname "${parent.hostname}", but namespace "${namespace}" is not allowed by the parent` };
  return { reason: 'NoMatchingListenerHostname', message: `no hostnames matched parent hostname "${parent.hostname}"` };
}

/** Is the service behind a waypoint of another controller, which then handles the route? Source: istiod's waypointManagedByAnotherController. */
function hasForeignWaypoint(kind: string, namespace: string, name: string, context: RouteContext): boolean {
  const key = `${namespace}/${name}`;
  const target = kind === REF.service ? context.services.get(key) : context.serviceEntries.get(key);
  if (target === undefined) return false;
  const own: Labels = target.metadata.labels ?? {};
  const labels = Object.hasOwn(own, 'istio.io/use-waypoint') ? own : (context.namespaces.get(namespace)?.metadata.labels ?? {});
  const waypoint = labels['istio.io/use-waypoint'] ?? '';
  if (waypoint === '' || waypoint.toLowerCase() === 'none') return false;
  const gateway = context.gateways.get(`${labels['istio.io/use-waypoint-namespace'] || namespace}/${waypoint}`);
  const controller = context.gatewayClasses.find(({ metadata }) => metadata.name === gateway?.spec?.gatewayClassName)?.spec?.controllerName;
  return gateway !== undefined && controller !== undefined && controller !== MESH_CONTROLLER && controller !== GATEWAY_CONTROLLER;
}
