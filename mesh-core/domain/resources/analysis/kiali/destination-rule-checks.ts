import type { Service } from '../../core.ts';
import { matchesLabels, type Labels } from '../../label-selector.ts';
import type { DestinationRule, ServiceEntry, VirtualService } from '../../networking.ts';
import { removeFix, type Report } from '../analysis-message.ts';
import { closestFix } from './closest-name.ts';
import { kia } from './codes.ts';
import { hostsOverlap, hostText, parseHost, type KialiHost } from './host.ts';
import { namesOf, placeOf, type KialiMesh } from './kiali-mesh.ts';
import { meshTlsMode, namespaceTlsMode, tlsModeOf } from './mutual-tls.ts';

/** Stands for all subsets of a host. */
const ALL_SUBSETS = '~';

/** Destination rules: KIA0201 to 0204, 0209. Source: kiali business/checkers/destinationrules. */
export function checkDestinationRules(mesh: KialiMesh, report: Report): void {
  const rules = mesh.input.all<DestinationRule>('DestinationRule');
  const referenced = referencedSubsets(mesh);
  for (const rule of rules) checkHost(mesh, rule, referenced, report);
  reportCollisions(mesh, rules, report);
  const wide = rules.filter((rule) => isWideMutualTls(rule));
  for (const rule of rules) {
    const { trafficPolicy } = rule.spec ?? {};
    if (trafficPolicy?.tls !== undefined || (trafficPolicy?.portLevelSettings ?? []).some(({ tls }) => tls !== undefined)) continue;
    const over = overriders(mesh, rule, wide, rules);
    if (over.length > 0) report(rule, kia('KIA0204', namesOf(over)), { path: 'spec.trafficPolicy' });
  }
}

function checkHost(mesh: KialiMesh, rule: DestinationRule, referenced: ReadonlySet<string>, report: Report): void {
  const { host: text = '', subsets = [] } = rule.spec ?? {};
  const host = parseHost(text, placeOf(rule), mesh.namespaces);
  if (!isKnown(mesh, host, placeOf(rule))) {
    const services = mesh.input.all<Service>('Service').filter((service) => placeOf(service) === host.namespace).map(({ metadata }) => metadata.name);
    report(rule, kia('KIA0202', text, mesh.settings.allowAny ? 'Warning' : 'Error'), { path: 'spec.host', ...closestFix(text, services, ['spec', 'host']) });
    return;
  }
  const found = subsets.map(({ labels = {} }) => Object.keys(labels).length > 0 && hasSubset(mesh, host, labels));
  for (const [i, { name, labels = {} }] of subsets.entries()) {
    const at = { path: `spec.subsets[${i}]`, apart: true } as const;
    if (Object.keys(labels).length === 0) report(rule, kia('KIA0209', name, found.includes(true) ? 'Info' : 'Warning'), at);
    else if (found[i] !== true) {
      const used = referenced.has(`${hostText(host)} ${name}`);
      report(rule, kia('KIA0203', name, used ? 'Error' : 'Info'), used ? at : { ...at, fix: removeFix(`Remove subset ${name}, which no route uses`, ['spec', 'subsets', i]) });
    }
  }
}

function isKnown(mesh: KialiMesh, host: KialiHost, namespace: string): boolean {
  if (host.service.startsWith('*') || mesh.isEntryHost(host) || mesh.isService(host, namespace)) return true;
  // A workload of that app in the own namespace counts, as in Kiali.
  return host.namespace === namespace && mesh.pods(namespace).some(({ labels }) => host.service === (labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app']));
}

function hasSubset(mesh: KialiMesh, host: KialiHost, labels: Labels): boolean {
  if (host.service.startsWith('*')) return true;
  const [service = '', namespace = ''] = host.complete ? [host.service, host.namespace] : host.service.split('.');
  const selector = mesh.service(namespace, service)?.spec?.selector ?? {};
  if (Object.keys(selector).length > 0) return mesh.pods(namespace).some((pod) => matchesLabels(selector, pod.labels) && matchesLabels(labels, pod.labels));
  return mesh.input.all<ServiceEntry>('ServiceEntry').some(({ metadata, spec }) => (spec?.endpoints ?? []).some((endpoint) => matchesLabels(labels, endpoint.labels)) || selectsSubset(mesh, metadata.namespace ?? '', spec?.workloadSelector?.labels, labels));
}

function selectsSubset(mesh: KialiMesh, namespace: string, selector: Labels | undefined, labels: Labels): boolean {
  return selector !== undefined && mesh.pods(namespace).some((pod) => matchesLabels(selector, pod.labels) && matchesLabels(labels, pod.labels));
}

/** `host subset` of every destination of every route. */
function referencedSubsets(mesh: KialiMesh): ReadonlySet<string> {
  const found = new Set<string>();
  for (const service of mesh.input.all<VirtualService>('VirtualService')) {
    for (const { route = [] } of [...(service.spec?.http ?? []), ...(service.spec?.tcp ?? []), ...(service.spec?.tls ?? [])]) {
      for (const { destination } of route) if (destination?.subset !== undefined) found.add(`${hostText(parseHost(destination.host, placeOf(service), mesh.namespaces))} ${destination.subset}`);
    }
  }
  return found;
}

/** A rule that turns on mutual TLS for a namespace or the mesh is meant to stand beside narrower ones. */
function isWideMutualTls(rule: DestinationRule): boolean {
  return meshTlsMode(rule) === 'ISTIO_MUTUAL' || namespaceTlsMode(rule, placeOf(rule)) === 'ISTIO_MUTUAL';
}

function reportCollisions(mesh: KialiMesh, rules: readonly DestinationRule[], report: Report): void {
  const seen = rules.filter((rule) => !isWideMutualTls(rule)).map((rule) => {
    const subsets = (rule.spec?.subsets ?? []).map(({ name }) => name);
    return { rule, host: hostText(parseHost(rule.spec?.host ?? '', placeOf(rule), mesh.namespaces)), subsets: subsets.length === 0 ? [ALL_SUBSETS] : subsets };
  });
  // Exact hosts meet in their group; only wildcards have to be compared with all.
  const byHost = Map.groupBy(seen, ({ host }) => host);
  const wildcards = seen.filter(({ host }) => host.startsWith('*'));
  for (const one of seen) {
    const near = one.host.startsWith('*') ? seen.filter(({ host }) => hostsOverlap(one.host, host)) : [...(byHost.get(one.host) ?? []), ...wildcards.filter(({ host }) => hostsOverlap(one.host, host))];
    const others = near.filter((other) => other !== one && (one.subsets.includes(ALL_SUBSETS) || other.subsets.some((subset) => subset === ALL_SUBSETS || one.subsets.includes(subset))));
    if (others.length > 0) report(one.rule, kia('KIA0201', namesOf(others.map(({ rule }) => rule))), { path: 'spec.host' });
  }
}

/** Rules with mutual TLS that are wider than this one, or about the very same host. */
function overriders(mesh: KialiMesh, rule: DestinationRule, wide: readonly DestinationRule[], all: readonly DestinationRule[]): DestinationRule[] {
  const host = parseHost(rule.spec?.host ?? '', placeOf(rule), mesh.namespaces);
  const wider = wide.filter((other) => other !== rule && (other.spec?.host === '*.local' || other.spec?.host === `*.${hostText({ ...host, service: 'x' }).slice(2)}`));
  const same = all.filter((other) => other !== rule && !wide.includes(other) && tlsModeOf(other) === 'ISTIO_MUTUAL' && host.complete && hostText(parseHost(other.spec?.host ?? '', placeOf(other), mesh.namespaces)) === hostText(host));
  return [...wider, ...same];
}
