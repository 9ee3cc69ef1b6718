import type { MeshSettings } from '../../translate/mesh-snapshot.ts';
import type { KubeObject } from '../kube-object.ts';
import { analyze } from './analyze.ts';
import { CONFIGURATION_ANALYZERS } from './analyzers/all-analyzers.ts';
import { gatewaySecrets } from './analyzers/gateway-secrets.ts';
import { schemaValidation } from './analyzers/schema-validation.ts';
import { kialiChecks } from './kiali/kiali-checks.ts';
import { mergeMessages, type MergedMessage } from './merge-messages.ts';

/** Rules that one object can break by itself are `validateObject`'s; secrets are not among the objects. */
const LEFT = [schemaValidation, gatewaySecrets];
const ANALYZERS = CONFIGURATION_ANALYZERS.filter((analyzer) => !LEFT.includes(analyzer)).map(({ name }) => name);

/**
 * What Istio's analyzers and Kiali's checks say of a whole configuration without its secrets, each thing once, errors first. Objects
 * must have passed the schema of their kind. Workloads are the WorkloadEntries; a namespace that objects are in counts as
 * one that is there.
 */
export function checkConfiguration(objects: readonly KubeObject[], mesh: MeshSettings): readonly MergedMessage[] {
  const { rootNamespace, defaultProviders, trustDomain, trustDomainAliases = [], outboundTrafficPolicy } = mesh;
  const all = withNamespaces(objects);
  const options = { meshConfig: { rootNamespace, ...(defaultProviders === undefined ? {} : { defaultProviders }) }, workloadEntriesAsPods: true, now: 0 };
  return mergeMessages([...analyze(all, { ...options, analyzers: ANALYZERS }), ...kialiChecks(all, { ...options, rootNamespace, trustDomain, trustDomainAliases, allowAny: outboundTrafficPolicy === 'ALLOW_ANY' })]);
}

function withNamespaces(objects: readonly KubeObject[]): readonly KubeObject[] {
  const named = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  const implied = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []).filter((name) => !named.has(name)));
  return [...objects, ...[...implied].map((name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))];
}
