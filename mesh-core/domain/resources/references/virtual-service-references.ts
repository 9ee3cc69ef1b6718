import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { gatewayHostsFor, hostMatches, resolveGatewayName, resolveShortName, serviceFqdn } from '../host-name.ts';
import type { Destination, VirtualService, VirtualServiceSpec } from '../networking.ts';
import { namespaceOf } from '../kube-object.ts';
import { isExportedTo, registryIndex, rulesForHost } from './registry-index.ts';

/** What a VirtualService names and the mesh does not have, and what other VirtualServices claim too. */
export function analyzeVirtualService(object: VirtualService, snapshot: MeshSnapshot, issues: IssueSink): void {
  const spec = object.spec ?? {};
  const namespace = namespaceOf(object);
  for (const { destination, path } of destinationsOf(spec)) checkDestinationExists(destination, namespace, path, snapshot, issues);
  checkWeights(spec, issues);
  checkGatewaysExist(object, namespace, snapshot, issues);
  checkDelegates(spec, namespace, snapshot, issues);
  checkRivals(object, namespace, snapshot, issues);
}

interface PlacedDestination {
  readonly destination: Destination;
  readonly path: string;
}

/** Every destination of every rule with its field path, mirrors included. */
function destinationsOf(spec: VirtualServiceSpec): PlacedDestination[] {
  const placed: PlacedDestination[] = [];
  for (const protocol of ['http', 'tls', 'tcp'] as const) {
    for (const [index, rule] of (spec[protocol] ?? []).entries()) {
      for (const [routeIndex, { destination }] of (rule.route ?? []).entries()) placed.push({ destination, path: `spec.${protocol}[${index}].route[${routeIndex}].destination` });
    }
  }
  for (const [index, { mirror, mirrors = [] }] of (spec.http ?? []).entries()) {
    if (mirror !== undefined) placed.push({ destination: mirror, path: `spec.http[${index}].mirror` });
    for (const [mirrorIndex, { destination }] of mirrors.entries()) placed.push({ destination, path: `spec.http[${index}].mirrors[${mirrorIndex}].destination` });
  }
  return placed;
}

function checkDestinationExists(destination: Destination, namespace: string, path: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  const host = resolveShortName(destination.host, namespace);
  const known = registryIndex(snapshot).findHost(host, namespace);
  if (known === undefined) {
    const [name = '', owner, ...rest] = host.split('.');
    const full = owner === undefined || rest.length > 0 ? undefined : serviceFqdn(name, owner);
    const expected = full !== undefined && registryIndex(snapshot).findHost(full, namespace) !== undefined ? full : 'a service of the mesh, or a host of a ServiceEntry';
    issues.warn(`${path}.host`, `no service is known by ${JSON.stringify(host)}: requests get 503`, { expected, code: 'KIA1101' });
  } else checkDestinationPort(destination, known.ports, path, issues);
  const { subset = '' } = destination;
  if (subset === '') return;
  const subsets = rulesForHost(snapshot, host, namespace).flatMap((rule) => rule.spec?.subsets ?? []);
  if (!subsets.some(({ name }) => name === subset)) {
    const names = [...new Set(subsets.map(({ name }) => name))];
    issues.warn(`${path}.subset`, `no DestinationRule for ${host} defines subset ${JSON.stringify(subset)}: requests get 503`, { expected: names.length === 0 ? 'a DestinationRule with this subset' : names.join(' or '), code: 'KIA1107' });
  }
}

function checkDestinationPort(destination: Destination, ports: readonly number[], path: string, issues: IssueSink): void {
  const port = destination.port?.number;
  if (port === undefined) {
    if (ports.length > 1) issues.warn(`${path}.port`, `${destination.host} has several ports, so the port must be named`, { expected: ports.join(' or '), code: 'IST0112' });
  } else if (ports.length > 0 && !ports.includes(port)) {
    issues.warn(`${path}.port.number`, `${destination.host} has no port ${port}: requests get 503`, { expected: ports.join(' or '), code: 'IST0101' });
  }
}

function checkWeights(spec: VirtualServiceSpec, issues: IssueSink): void {
  for (const protocol of ['http', 'tls', 'tcp'] as const) {
    for (const [index, { route = [] }] of (spec[protocol] ?? []).entries()) {
      const path = `spec.${protocol}[${index}].route`;
      const [only] = route;
      if (route.length === 1 && only?.weight !== undefined && only.weight !== 100) issues.warn(`${path}[0].weight`, 'the only destination gets all traffic, whatever its weight', { expected: '100, or no weight', code: 'KIA1104' });
      const seen = new Set<string>();
      for (const [routeIndex, { destination }] of route.entries()) {
        const key = `${destination.host}|${destination.subset ?? ''}|${destination.port?.number ?? ''}`;
        if (seen.has(key)) issues.warn(`${path}[${routeIndex}].destination`, 'this destination stands twice in the rule', { expected: 'one entry with both weights', code: 'KIA1105' });
        seen.add(key);
      }
    }
  }
}

function checkGatewaysExist(object: VirtualService, namespace: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  const { gateways = [], hosts = [] } = object.spec ?? {};
  for (const [index, name] of gateways.entries()) {
    if (name === 'mesh') continue;
    const path = joinPath('spec.gateways', index);
    const full = resolveGatewayName(name, namespace);
    const gateway = snapshot.gateways.find((candidate) => `${namespaceOf(candidate)}/${candidate.metadata.name}` === full);
    if (gateway === undefined) {
      const known = snapshot.gateways.map((candidate) => `${namespaceOf(candidate)}/${candidate.metadata.name}`);
      issues.warn(path, `there is no Gateway ${full}: the rules have no effect there`, { expected: known.length === 0 ? 'a Gateway' : known.join(' or '), code: 'KIA1102' });
      continue;
    }
    const offered = (gateway.spec?.servers ?? []).flatMap((server) => gatewayHostsFor(server.hosts, namespace, namespaceOf(gateway)));
    if (!hosts.some((host) => offered.some((own) => hostMatches(own, host)))) {
      issues.warn(path, `Gateway ${full} answers for none of the hosts ${hosts.join(', ')}`, { expected: offered.length === 0 ? `a Gateway that lets namespace ${namespace} bind` : `a host within ${offered.join(', ')}`, code: 'IST0132' });
    }
  }
}

function checkDelegates(spec: VirtualServiceSpec, namespace: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  for (const [index, { delegate }] of (spec.http ?? []).entries()) {
    if (delegate === undefined) continue;
    const owner = delegate.namespace ?? namespace;
    const found = snapshot.virtualServices.some((candidate) => candidate.metadata.name === delegate.name && namespaceOf(candidate) === owner && (candidate.spec?.hosts ?? []).length === 0);
    if (!found) issues.warn(`spec.http[${index}].delegate`, `there is no VirtualService ${owner}/${delegate.name ?? ''} without hosts to delegate to`, { expected: 'a VirtualService without hosts', code: 'IST0101' });
  }
}

/** For sidecars the VirtualServices of a host are not merged: the first one wins, the others have no effect. */
function checkRivals(object: VirtualService, namespace: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  if (!appliesToSidecars(object)) return;
  for (const [index, host] of (object.spec?.hosts ?? []).entries()) {
    const full = resolveShortName(host, namespace);
    const rivals = snapshot.virtualServices.filter((other) => {
      const owner = namespaceOf(other);
      if (other.metadata.name === object.metadata.name && owner === namespace) return false;
      return appliesToSidecars(other) && shareClients(object, other) && (other.spec?.hosts ?? []).some((own) => resolveShortName(own, owner) === full);
    });
    if (rivals.length > 0) {
      const names = rivals.map((rival) => `${namespaceOf(rival)}/${rival.metadata.name}`).join(', ');
      issues.warn(joinPath('spec.hosts', index), `${full} is also routed by ${names}; sidecars use only one of them`, { expected: 'one VirtualService for the host', code: 'IST0109' });
    }
  }
}

function appliesToSidecars(object: VirtualService): boolean {
  const gateways = object.spec?.gateways ?? [];
  return gateways.length === 0 || gateways.includes('mesh');
}

/** Is there a namespace whose clients see both? Only namespaces that one of them names can tell them apart. */
function shareClients(a: VirtualService, b: VirtualService): boolean {
  const named = [namespaceOf(a), namespaceOf(b), ...(a.spec?.exportTo ?? []), ...(b.spec?.exportTo ?? [])];
  return named.some((namespace) => isExportedTo(a.spec?.exportTo, namespaceOf(a), namespace) && isExportedTo(b.spec?.exportTo, namespaceOf(b), namespace));
}
