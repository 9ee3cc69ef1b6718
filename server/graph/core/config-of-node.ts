import { hostMatches, resolveShortName } from '#mesh-core/domain/resources/host-name.ts';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { matchesLabels } from '#mesh-core/domain/resources/label-selector.ts';
import type { Gateway, VirtualService, WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { GraphConfigRef } from './graph-model.ts';

/**
 * The objects that shape a node's traffic: routes to its services (by host or as a destination), their destination
 * rules and service entries, the policies that select its instances, and the gateways it serves. In reading order:
 * routing first, then policy. Policies of the root namespace apply everywhere (Istio, "Selector precedence").
 */
export function configOf(namespace: string, services: readonly string[], entries: readonly WorkloadEntry[], snapshot: MeshSnapshot): GraphConfigRef[] {
  const hosts = services.map((name) => resolveShortName(name, namespace));
  const names = (host: string, from: string | undefined): boolean => hosts.some((mine) => hostMatches(resolveShortName(host, from ?? 'default'), mine));
  const selects = (selector: Readonly<Record<string, string>> | undefined, from: string | undefined): boolean =>
    entries.some((entry) => (from === entry.metadata.namespace || from === snapshot.mesh.rootNamespace) && matchesLabels(selector ?? {}, entry.spec?.labels ?? {}));
  const gateways = snapshot.gateways.filter((gateway) => serves(gateway, entries));
  const found: KubeObject[] = [
    ...gateways,
    ...snapshot.virtualServices.filter((vs) => [...meshHosts(vs), ...destinations(vs)].some((host) => names(host, vs.metadata.namespace)) || gateways.some((gateway) => boundTo(vs, gateway))),
    ...snapshot.destinationRules.filter((dr) => dr.spec !== undefined && names(dr.spec.host, dr.metadata.namespace)),
    ...snapshot.serviceEntries.filter((se) => (se.spec?.hosts ?? []).some((host) => names(host, se.metadata.namespace))),
    ...snapshot.authorizationPolicies.filter((policy) => selects(policy.spec?.selector?.matchLabels, policy.metadata.namespace)),
    ...snapshot.peerAuthentications.filter((policy) => selects(policy.spec?.selector?.matchLabels, policy.metadata.namespace)),
  ];
  return found.flatMap(refOf);
}

function serves(gateway: Gateway, entries: readonly WorkloadEntry[]): boolean {
  const selector = gateway.spec?.selector ?? {};
  return Object.keys(selector).length > 0 && entries.some((entry) => matchesLabels(selector, entry.spec?.labels ?? {}));
}

/** Hosts of a VirtualService that sidecars route by: bound to gateways only, its hosts are names of the outside. */
function meshHosts(vs: VirtualService): readonly string[] {
  const { gateways, hosts = [] } = vs.spec ?? {};
  return gateways === undefined || gateways.length === 0 || gateways.includes('mesh') ? hosts : [];
}

function boundTo(vs: VirtualService, gateway: Gateway): boolean {
  const { name, namespace } = gateway.metadata;
  return (vs.spec?.gateways ?? []).some((ref) => ref === `${namespace}/${name}` || (ref === name && vs.metadata.namespace === namespace));
}

function destinations(vs: VirtualService): string[] {
  return (vs.spec?.http ?? []).flatMap((route) => (route.route ?? []).map((to) => to.destination.host));
}

function refOf(object: KubeObject): GraphConfigRef[] {
  const kind = kindByApiVersion(object.apiVersion, object.kind);
  const { name, namespace } = object.metadata;
  return kind === undefined ? [] : [{ kind: kind.kind, group: kind.group, version: kind.versions[0], plural: kind.plural, name, ...(namespace === undefined ? {} : { namespace }) }];
}
