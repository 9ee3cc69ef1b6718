import type { WorkloadEntry } from '../../networking.ts';
import { placeOf, type KialiMesh } from './kiali-mesh.ts';

/** The principals that exist, as policies name them (`trust-domain/ns/namespace/sa/name`): of workloads and of ServiceAccounts. */
export function serviceAccountsOf(mesh: KialiMesh): string[] {
  const principal = (namespace: string, name: string): string => `${mesh.settings.trustDomain}/ns/${namespace}/sa/${name}`;
  const ofEntries = mesh.input.all<WorkloadEntry>('WorkloadEntry').flatMap((entry) => (entry.spec?.serviceAccount === undefined ? [] : [principal(placeOf(entry), entry.spec.serviceAccount)]));
  const ofPods = mesh.input.all('Pod').map((pod) => principal(placeOf(pod), (pod.spec as { readonly serviceAccountName?: string } | undefined)?.serviceAccountName ?? 'default'));
  return [...new Set([...ofEntries, ...ofPods, ...mesh.input.all('ServiceAccount').map((account) => principal(placeOf(account), account.metadata.name))])].toSorted();
}
