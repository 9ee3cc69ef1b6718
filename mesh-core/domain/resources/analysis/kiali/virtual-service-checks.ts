import type { Service } from '../../core.ts';
import type { DestinationRule, Gateway, VirtualService } from '../../networking.ts';
import { removeFix, replaceFix, type Report } from '../analysis-message.ts';
import { closestFix } from './closest-name.ts';
import { kia } from './codes.ts';
import { hostText, IDENTITY_DOMAIN, parseHost, withinWildcard } from './host.ts';
import { namesOf, placeOf, type KialiMesh } from './kiali-mesh.ts';

/** Virtual services: KIA1101, 1102, 1104 to 1108. Source: kiali business/checkers/virtualservices. */
export function checkVirtualServices(mesh: KialiMesh, report: Report): void {
  const services = mesh.input.all<VirtualService>('VirtualService');
  const subsets = subsetsByHost(mesh);
  for (const service of services) {
    for (const kind of ['http', 'tcp', 'tls'] as const) {
      for (const [i, { route = [] }] of (service.spec?.[kind] ?? []).entries()) checkDestinations(mesh, service, kind, i, route, subsets, report);
    }
    checkGateways(mesh, service, report);
  }
  reportSameHosts(mesh, services, report);
}

type Destinations = readonly { readonly destination?: { readonly host: string; readonly subset?: string }; readonly weight?: number }[];

function checkDestinations(mesh: KialiMesh, service: VirtualService, kind: string, index: number, route: Destinations, subsets: ReadonlyMap<string, ReadonlySet<string>>, report: Report): void {
  const namespace = placeOf(service);
  const at = (i: number, field: string): { readonly path: string; readonly apart: true } => ({ path: `spec.${kind}[${index}].route[${i}]${field}`, apart: true });
  const weight = route[0]?.weight ?? 0;
  if (route.length === 1 && weight > 0 && weight < 100) report(service, kia('KIA1104'), { ...at(0, '.weight'), fix: removeFix('Remove the weight', ['spec', kind, index, 'route', 0, 'weight']) });
  const places = new Map<string, number[]>();
  for (const [i, { destination }] of route.entries()) {
    if (destination === undefined || destination.host === '') continue;
    const steps = ['spec', kind, index, 'route', i, 'destination'] as const;
    const host = parseHost(destination.host, namespace, mesh.namespaces);
    const text = hostText(host);
    const key = `${text} ${destination.subset ?? ''}`;
    places.set(key, [...(places.get(key) ?? []), i]);
    if (!mesh.isEntryHost(host) && !mesh.isService(host, namespace)) {
      const known = mesh.input.all<Service>('Service').filter((candidate) => placeOf(candidate) === host.namespace).map(({ metadata }) => metadata.name);
      report(service, kia('KIA1101', destination.host, mesh.settings.allowAny ? 'Warning' : 'Error'), { ...at(i, '.destination.host'), ...closestFix(destination.host, known, [...steps, 'host']) });
    }
    if (destination.subset === undefined || destination.subset === '') continue;
    const defined = [...subsets].filter(([rule]) => rule === text || withinWildcard(text, rule)).flatMap(([, names]) => [...names]);
    if (!defined.includes(destination.subset)) report(service, kia('KIA1107', `${destination.host} ${destination.subset}`), { ...at(i, '.destination.subset'), ...closestFix(destination.subset, defined, [...steps, 'subset']) });
  }
  for (const repeated of places.values()) if (repeated.length > 1) for (const i of repeated) report(service, kia('KIA1105'), at(i, '.destination.host'));
}

/** Subsets that rules define, by the rules' hosts. */
function subsetsByHost(mesh: KialiMesh): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const rule of mesh.input.all<DestinationRule>('DestinationRule')) {
    const host = hostText(parseHost(rule.spec?.host ?? '', placeOf(rule), mesh.namespaces));
    found.set(host, new Set([...(found.get(host) ?? []), ...(rule.spec?.subsets ?? []).map(({ name }) => name)]));
  }
  return found;
}

function checkGateways(mesh: KialiMesh, service: VirtualService, report: Report): void {
  const namespace = placeOf(service);
  const known = mesh.input.all<Gateway>('Gateway').map((gateway) => `${placeOf(gateway)}/${gateway.metadata.name}`);
  const check = (gateways: readonly string[] | undefined, steps: readonly (string | number)[], path: string): void => {
    for (const [i, gateway] of (gateways ?? []).entries()) {
      if (gateway === 'mesh') continue;
      const at = { path: `${path}.gateways[${i}]`, apart: true } as const;
      const name = gatewayName(gateway, namespace);
      const found = known.includes(name);
      if (gateway.includes('.') && !gateway.includes('/')) report(service, kia('KIA1108', name), { ...at, fix: replaceFix(`Write ${name}`, [...steps, 'gateways', i], name) });
      if (!found) report(service, kia('KIA1102', gateway), { ...at, ...closestFix(name, known, [...steps, 'gateways', i]) });
    }
  };
  check(service.spec?.gateways, ['spec'], 'spec');
  for (const [i, { match = [] }] of (service.spec?.http ?? []).entries()) for (const [j, { gateways }] of match.entries()) check(gateways, ['spec', 'http', i, 'match', j], `spec.http[${i}].match[${j}]`);
}

/** `namespace/name` of `name`, `namespace/name`, or the old `name.namespace[.svc…]`. */
function gatewayName(gateway: string, namespace: string): string {
  if (gateway.includes('/')) return gateway.startsWith('./') ? `${namespace}${gateway.slice(1)}` : gateway;
  const [name = '', second] = gateway.split('.');
  return second === undefined ? `${namespace}/${name}` : `${second}/${name}`;
}

/** One host may have one virtual service for each gateway; a wildcard of a namespace meets all its hosts. */
function reportSameHosts(mesh: KialiMesh, services: readonly VirtualService[], report: Report): void {
  const byHost = new Map<string, Set<VirtualService>>();
  for (const service of services) {
    for (const text of service.spec?.hosts ?? []) {
      const host = hostText(parseHost(text, placeOf(service), mesh.namespaces));
      for (const gateway of service.spec?.gateways ?? ['mesh']) {
        const key = `${gateway === 'mesh' ? gateway : gatewayName(gateway, placeOf(service))} ${host}`;
        byHost.set(key, (byHost.get(key) ?? new Set()).add(service));
      }
    }
  }
  const others = new Map<VirtualService, Set<VirtualService>>();
  const meet = (group: Iterable<VirtualService>): void => {
    const all = [...group];
    for (const one of all) for (const other of all) if (one !== other) others.set(one, (others.get(one) ?? new Set()).add(other));
  };
  for (const [key, group] of byHost) {
    meet(group);
    const wildcard = key.replace(/ [^ ]*$/, (host) => ` *${host.slice(host.indexOf('.'))}`);
    if (wildcard !== key && key.endsWith(IDENTITY_DOMAIN)) for (const wide of byHost.get(wildcard) ?? []) for (const one of group) meet([wide, one]);
  }
  for (const [service, met] of others) report(service, kia('KIA1106', namesOf([...met])), { path: 'spec.hosts' });
}
