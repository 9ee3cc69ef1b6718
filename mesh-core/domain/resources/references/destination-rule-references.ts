import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import type { CanaryRollout } from '../canary-rollout.ts';
import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { resolveShortName } from '../host-name.ts';
import { matchesLabels } from '../label-selector.ts';
import type { DestinationRule } from '../networking.ts';
import { namespaceOf } from '../kube-object.ts';
import { isExportedTo, registryIndex, rulesForHost } from './registry-index.ts';

/** Subsets that are the whole service, and what other rules for the host say too. */
export function analyzeDestinationRule(object: DestinationRule, snapshot: MeshSnapshot, issues: IssueSink): void {
  if (object.spec === undefined) return;
  const namespace = namespaceOf(object);
  const host = resolveShortName(object.spec.host, namespace);
  checkSubsetLabels(object, issues);
  checkRivals(object, host, namespace, snapshot, issues);
}

function checkSubsetLabels(object: DestinationRule, issues: IssueSink): void {
  for (const [index, { name, labels = {} }] of (object.spec?.subsets ?? []).entries()) {
    if (Object.keys(labels).length === 0) issues.warn(`${joinPath('spec.subsets', index)}.labels`, `subset ${name} has no labels, so it is the whole service`, { expected: 'labels such as version: v2', code: 'KIA0209' });
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
