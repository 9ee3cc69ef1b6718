import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import type { CanaryRollout } from '../canary-rollout.ts';
import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { hostSubsetOf, isWildcardHost, resolveShortName } from '../host-name.ts';
import { matchesLabels } from '../label-selector.ts';
import type { DestinationRule } from '../networking.ts';
import type { ClientTls } from '../traffic-policy.ts';
import { namespaceOf } from '../kube-object.ts';
import { isExportedTo, registryIndex, rulesForHost } from './registry-index.ts';

/** What a DestinationRule names and the mesh does not have, and what other rules for the host say too. */
export function analyzeDestinationRule(object: DestinationRule, snapshot: MeshSnapshot, issues: IssueSink): void {
  if (object.spec === undefined) return;
  const namespace = namespaceOf(object);
  const host = resolveShortName(object.spec.host, namespace);
  checkHostExists(object, host, namespace, snapshot, issues);
  checkSubsetsSelect(object, host, namespace, snapshot, issues);
  checkRivals(object, host, namespace, snapshot, issues);
  checkCertificateAuthorities(object, host, issues);
}

function checkHostExists(object: DestinationRule, host: string, namespace: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  const wildcard = isWildcardHost(host);
  const known = wildcard ? registryHosts(snapshot).some((other) => hostSubsetOf(other, host)) : registryIndex(snapshot).findHost(host, namespace) !== undefined;
  if (!known) issues.warn('spec.host', `no service is known by ${JSON.stringify(host)}, so ${object.metadata.name} has no effect`, { expected: 'a service of the mesh, or a host of a ServiceEntry', code: 'KIA0202' });
}

function registryHosts(snapshot: MeshSnapshot): string[] {
  const services = snapshot.services.map((service) => resolveShortName(service.metadata.name, namespaceOf(service)));
  return [...services, ...snapshot.serviceEntries.flatMap((entry) => (entry.spec?.hosts ?? []).map((host) => resolveShortName(host, namespaceOf(entry))))];
}

function checkSubsetsSelect(object: DestinationRule, host: string, namespace: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  const endpoints = isWildcardHost(host) ? undefined : registryIndex(snapshot).findHost(host, namespace)?.endpointLabels;
  for (const [index, { name, labels = {} }] of (object.spec?.subsets ?? []).entries()) {
    const path = `${joinPath('spec.subsets', index)}.labels`;
    if (Object.keys(labels).length === 0) issues.warn(path, `subset ${name} has no labels, so it is the whole service`, { expected: 'labels such as version: v2', code: 'KIA0209' });
    else if (endpoints !== undefined && !endpoints.some((own) => matchesLabels(labels, own))) {
      const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(', ');
      issues.warn(path, `no running workload of ${host} has the labels ${text}: requests to subset ${name} get 503`, { expected: 'labels of a running version', code: 'KIA0203' });
    }
  }
}

function checkRivals(object: DestinationRule, host: string, namespace: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  const rivals = snapshot.destinationRules.filter((other) => {
    const owner = namespaceOf(other);
    if (other.metadata.name === object.metadata.name && owner === namespace) return false;
    return owner === namespace && resolveShortName(other.spec?.host ?? '', owner) === host && other.spec?.workloadSelector === undefined && object.spec?.workloadSelector === undefined;
  });
  for (const rival of rivals) {
    const theirs = new Set((rival.spec?.subsets ?? []).map(({ name }) => name));
    for (const [index, { name }] of (object.spec?.subsets ?? []).entries()) {
      if (theirs.has(name)) issues.warn(`${joinPath('spec.subsets', index)}.name`, `DestinationRule ${rival.metadata.name} defines subset ${name} of ${host} too; the older one counts`, { expected: 'one rule for the subset', code: 'KIA0201' });
    }
    if (rival.spec?.trafficPolicy !== undefined && object.spec?.trafficPolicy !== undefined) issues.warn('spec.trafficPolicy', `DestinationRule ${rival.metadata.name} has a traffic policy for ${host} too; the older one counts`, { expected: 'one rule for the host', code: 'KIA0201' });
  }
}

function checkCertificateAuthorities(object: DestinationRule, host: string, issues: IssueSink): void {
  const selective = object.spec?.workloadSelector !== undefined;
  const unverified = (tls: ClientTls | undefined): boolean =>
    (tls?.mode === 'SIMPLE' || tls?.mode === 'MUTUAL') && (tls.caCertificates ?? '') === '' && !((tls.credentialName ?? '') !== '' && selective);
  const policy = object.spec?.trafficPolicy;
  const expected = 'caCertificates';
  if (unverified(policy?.tls)) issues.warn('spec.trafficPolicy.tls', `no caCertificates are set, so the certificate of ${host} is only checked against the authorities of the system`, { expected, code: 'IST0128' });
  for (const [index, { port, tls }] of (policy?.portLevelSettings ?? []).entries()) {
    if (unverified(tls)) issues.warn(`spec.trafficPolicy.portLevelSettings[${index}].tls`, `no caCertificates are set for port ${port.number} of ${host}`, { expected, code: 'IST0129' });
  }
}

/** What a rollout names and the mesh does not have. */
export function analyzeCanaryRollout(object: CanaryRollout, snapshot: MeshSnapshot, issues: IssueSink): void {
  const { spec } = object;
  if (spec === undefined) return;
  const namespace = namespaceOf(object);
  const host = resolveShortName(spec.host, namespace);
  const known = registryIndex(snapshot).findHost(host, namespace);
  if (known === undefined) return issues.warn('spec.host', `no service is known by ${JSON.stringify(host)}`, { expected: 'a service of the mesh', code: 'KIA1101' });
  const subsets = rulesForHost(snapshot, host, namespace).flatMap((rule) => rule.spec?.subsets ?? []);
  for (const name of ['stable', 'canary'] as const) {
    const { subset, labels } = spec[name];
    const defined = subsets.find((candidate) => candidate.name === subset);
    if (defined !== undefined && !(matchesLabels(defined.labels, labels) && matchesLabels(labels, defined.labels))) issues.warn(`spec.${name}.labels`, `subset ${subset} is defined with other labels`, { expected: JSON.stringify(defined.labels ?? {}), code: 'KIA1107' });
    if (known.endpointLabels !== undefined && !known.endpointLabels.some((own) => matchesLabels(labels, own))) issues.warn(`spec.${name}.labels`, `no running workload of ${host} has these labels`, { expected: 'labels of a running version', code: 'KIA0203' });
  }
  const { virtualService } = spec;
  const found = virtualService === undefined || snapshot.virtualServices.some((candidate) => candidate.metadata.name === virtualService && namespaceOf(candidate) === namespace);
  if (!found) issues.warn('spec.virtualService', `there is no VirtualService ${namespace}/${virtualService}`, { expected: 'an existing one, or leave it out', code: 'IST0101' });
  const rollouts = snapshot.virtualServices.filter((candidate) => isExportedTo(candidate.spec?.exportTo, namespaceOf(candidate), namespace) && (candidate.spec?.hosts ?? []).some((own) => resolveShortName(own, namespaceOf(candidate)) === host));
  if (virtualService === undefined && rollouts.length > 0) issues.warn('spec.virtualService', `${host} is already routed by ${rollouts.map(({ metadata }) => metadata.name).join(', ')}`, { expected: 'its name', code: 'IST0109' });
}
