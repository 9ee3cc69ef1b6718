import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { hostMatches, resolveShortName } from '../host-name.ts';
import { matchesLabels } from '../label-selector.ts';
import { namespaceOf, type KubeObject } from '../kube-object.ts';
import type { AuthorizationPolicy, Operation, PeerAuthentication, Source, WorkloadSelector } from '../security.ts';
import { registryIndex } from './registry-index.ts';

/** What an AuthorizationPolicy names and the mesh does not have. */
export function analyzeAuthorizationPolicy(object: AuthorizationPolicy, snapshot: MeshSnapshot, issues: IssueSink): void {
  const namespace = namespaceOf(object);
  for (const [index, rule] of (object.spec?.rules ?? []).entries()) {
    for (const [fromIndex, { source }] of (rule.from ?? []).entries()) if (source !== undefined) checkSource(source, namespace, `spec.rules[${index}].from[${fromIndex}].source`, snapshot, issues);
    for (const [toIndex, { operation }] of (rule.to ?? []).entries()) if (operation !== undefined) checkOperation(operation, namespace, `spec.rules[${index}].to[${toIndex}].operation`, snapshot, issues);
  }
}

/** A PeerAuthentication that selects nothing, or that another one of the same scope contradicts. */
export function analyzePeerAuthentication(object: PeerAuthentication, snapshot: MeshSnapshot, issues: IssueSink): void {
  checkSelects(object, object.spec?.selector, snapshot, issues);
  const scope = selectorKey(object.spec?.selector);
  const rivals = snapshot.peerAuthentications.filter((other) => namespaceOf(other) === namespaceOf(object) && other.metadata.name !== object.metadata.name && selectorKey(other.spec?.selector) === scope);
  if (rivals.length === 0) return;
  const names = rivals.map(({ metadata }) => metadata.name).join(', ');
  issues.warn('spec', `${names} applies to the same workloads; only the oldest counts`, { expected: 'one PeerAuthentication for the same workloads', code: scope === '' ? 'KIA0002' : 'KIA0003' });
}

function selectorKey(selector: WorkloadSelector | undefined): string {
  return Object.entries(selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

/** In the root namespace a policy selects workloads of every namespace. */
function checkSelects(object: KubeObject, selector: WorkloadSelector | undefined, snapshot: MeshSnapshot, issues: IssueSink): void {
  const labels = selector?.matchLabels ?? {};
  if (Object.keys(labels).length === 0) return;
  const namespace = namespaceOf(object);
  const everywhere = namespace === snapshot.mesh.rootNamespace;
  const selected = registryIndex(snapshot).workloads.some((workload) => (everywhere || workload.namespace === namespace) && matchesLabels(labels, workload.labels));
  if (!selected) issues.warn('spec.selector', `no running workload in ${everywhere ? 'the mesh' : namespace} has the labels ${selectorKey(selector)}`, { expected: 'labels of a workload', code: 'KIA0004' });
}

function checkSource(source: Source, namespace: string, path: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  for (const field of ['principals', 'notPrincipals'] as const) {
    for (const [position, principal] of (source[field] ?? []).entries()) checkPrincipal(principal, joinPath(joinPath(path, field), position), snapshot, issues);
  }
  for (const field of ['serviceAccounts', 'notServiceAccounts'] as const) {
    for (const [position, account] of (source[field] ?? []).entries()) {
      const [owner = '', name] = account.includes('/') ? account.split('/') : [namespace, account];
      if (!hasServiceAccount(snapshot, owner, name ?? '')) issues.warn(joinPath(joinPath(path, field), position), `no running workload has service account ${owner}/${name}`, { expected: 'a service account in use', code: 'KIA0106' });
    }
  }
}

function checkPrincipal(principal: string, path: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  if (principal.includes('*')) return;
  const match = /^([^/]+)\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(principal);
  const expected = `${snapshot.mesh.trustDomain}/ns/<namespace>/sa/<service account>`;
  if (match === null) return issues.warn(path, `${JSON.stringify(principal)} is not an identity of the mesh, so it matches nobody`, { expected, code: 'KIA0106' });
  const [, trustDomain, namespace = '', serviceAccount = ''] = match;
  // `cluster.local` stands for the trust domain of the mesh, whatever its name.
  if (trustDomain !== snapshot.mesh.trustDomain && trustDomain !== 'cluster.local') issues.warn(path, `trust domain ${trustDomain} is not the one of the mesh`, { expected, code: 'KIA0108' });
  else if (!hasServiceAccount(snapshot, namespace, serviceAccount)) issues.warn(path, `no running workload has service account ${namespace}/${serviceAccount}`, { expected: 'a service account in use', code: 'KIA0106' });
}

function hasServiceAccount(snapshot: MeshSnapshot, namespace: string, name: string): boolean {
  return registryIndex(snapshot).workloads.some((workload) => workload.namespace === namespace && workload.serviceAccount === name);
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

function checkOperation(operation: Operation, namespace: string, path: string, snapshot: MeshSnapshot, issues: IssueSink): void {
  for (const field of ['methods', 'notMethods'] as const) {
    for (const [position, method] of (operation[field] ?? []).entries()) {
      if (!METHODS.has(method) && !method.includes('*')) issues.warn(joinPath(joinPath(path, field), position), `${JSON.stringify(method)} is not an HTTP method; methods are compared letter for letter`, { expected: [...METHODS].join(', '), code: 'KIA0102' });
    }
  }
  for (const field of ['hosts', 'notHosts'] as const) {
    for (const [position, host] of (operation[field] ?? []).entries()) {
      const name = host.replace(/:(\d+|\*)$/, '').toLowerCase();
      if (name !== '' && !name.includes('*') && !isRoutedHost(name, namespace, snapshot)) issues.warn(joinPath(joinPath(path, field), position), `no service or gateway is known by ${JSON.stringify(host)}`, { expected: 'a host of the mesh', code: 'KIA0104' });
    }
  }
}

function isRoutedHost(name: string, namespace: string, snapshot: MeshSnapshot): boolean {
  const host = resolveShortName(name, namespace);
  if (registryIndex(snapshot).findHost(host, namespace) !== undefined) return true;
  const routed = snapshot.virtualServices.flatMap((object) => (object.spec?.hosts ?? []).map((own) => resolveShortName(own, namespaceOf(object))));
  const served = snapshot.gateways.flatMap((object) => (object.spec?.servers ?? []).flatMap(({ hosts }) => hosts.map((own) => own.slice(own.indexOf('/') + 1))));
  return [...routed, ...served].some((own) => hostMatches(own, host));
}
