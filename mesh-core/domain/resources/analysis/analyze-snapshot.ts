import { SNAPSHOT_KINDS } from '../../translate/mesh-snapshot.ts';
import type { MeshSnapshot, SnapshotLists } from '../../translate/mesh-snapshot.ts';
import type { KubeObject } from '../kube-object.ts';
import { analyze } from './analyze.ts';
import type { AnalysisOptions } from './analyze.ts';
import type { AnalysisMessage } from './analysis-message.ts';
import { CONFIGURATION_ANALYZERS } from './analyzers/all-analyzers.ts';
import { gatewaySecrets } from './analyzers/gateway-secrets.ts';
import { schemaValidation } from './analyzers/schema-validation.ts';

/**
 * What the analyzers of configuration say of one object among those of a snapshot; it need not be in there, and an older
 * version of itself is ignored. The rules that one object can break by itself are `validateObject`'s. Workloads are the
 * WorkloadEntries. Secrets are looked at when the snapshot has them and `now` (milliseconds since 1970) is given.
 */
export function analyzeObject(object: KubeObject, snapshot: MeshSnapshot, now?: number): readonly AnalysisMessage[] {
  const objects = objectsOf(snapshot);
  const key = keyOf(object);
  if (objects.includes(object)) return messagesOf(snapshot, now).get(key) ?? [];
  const { name } = object.metadata;
  return analyze([...objects.filter((other) => other.metadata.name !== name || keyOf(other) !== key), object], { ...optionsFor(snapshot, now), focus: object });
}

const analyses = new WeakMap<MeshSnapshot, ReadonlyMap<string, readonly AnalysisMessage[]>>();

/** Messages about the stored objects of a snapshot, by object; made once per snapshot, as lists ask for one object after the other. */
function messagesOf(snapshot: MeshSnapshot, now: number | undefined): ReadonlyMap<string, readonly AnalysisMessage[]> {
  const known = analyses.get(snapshot);
  if (known !== undefined) return known;
  const messages = Map.groupBy(analyze(objectsOf(snapshot), optionsFor(snapshot, now)), ({ object }) => keyOf({ ...object, metadata: object }));
  analyses.set(snapshot, messages);
  return messages;
}

function optionsFor(snapshot: MeshSnapshot, now: number | undefined): AnalysisOptions {
  const { rootNamespace, defaultProviders } = snapshot.mesh;
  const left = [schemaValidation, ...(now === undefined || snapshot.hidesSecrets === true ? [gatewaySecrets] : [])];
  return {
    analyzers: CONFIGURATION_ANALYZERS.filter((analyzer) => !left.includes(analyzer)).map(({ name }) => name),
    meshConfig: { rootNamespace, ...(defaultProviders === undefined ? {} : { defaultProviders }) },
    workloadEntriesAsPods: true,
    now: now ?? 0,
  };
}

const lists = new WeakMap<MeshSnapshot, readonly KubeObject[]>();

/** All objects of a snapshot, and a Namespace for each namespace that has one of them. */
function objectsOf(snapshot: MeshSnapshot): readonly KubeObject[] {
  const known = lists.get(snapshot);
  if (known !== undefined) return known;
  // Safe: the keys of the table of kinds are those of the lists.
  const stored = (Object.keys(SNAPSHOT_KINDS) as (keyof SnapshotLists)[]).flatMap((list): readonly KubeObject[] => snapshot[list]);
  const named = new Set(snapshot.namespaces.map(({ metadata }) => metadata.name));
  const implied = [...new Set(stored.flatMap(({ metadata }) => metadata.namespace ?? []))].filter((name) => !named.has(name));
  const objects = [...stored, ...implied.map((name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))];
  lists.set(snapshot, objects);
  return objects;
}

function keyOf({ apiVersion, kind, metadata }: { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly namespace?: string; readonly name: string } }): string {
  return `${apiVersion.split('/', 1)[0]} ${kind} ${metadata.namespace ?? ''} ${metadata.name}`;
}
