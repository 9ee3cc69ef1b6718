import { KINDS } from '../kinds.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Labels } from '../label-selector.ts';

/** The part of Istio's MeshConfig that analyzers look at. */
export interface AnalyzedMeshConfig {
  readonly rootNamespace?: string;
  readonly extensionProviders?: readonly { readonly name?: string; readonly lightstep?: unknown }[];
  readonly defaultProviders?: { readonly accessLogging?: readonly string[] };
  readonly defaultConfig?: { readonly proxyMetadata?: Readonly<Record<string, string>>; readonly image?: { readonly imageType?: string } };
}
/** Istio's MeshNetworks: network → where its endpoints come from. */
export interface AnalyzedMeshNetworks {
  readonly networks?: Readonly<Record<string, { readonly endpoints?: readonly { readonly fromRegistry?: string }[] }>>;
}

/** A running copy of a workload: a Kubernetes pod, or a WorkloadEntry that stands for one. */
export interface AnalyzedPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** The Pod, or the WorkloadEntry. */
  readonly object: KubeObject;
}

/** The objects under analysis, by kind. */
export interface AnalysisInput {
  /** Objects of a kind, by its id in the table of kinds, or by its name for a kind that this mesh does not serve (`Pod`). Safe to type as asked: the id says the kind. */
  all<T extends KubeObject = KubeObject>(kindId: string): readonly T[];
  /** Those of `all` that something is to be said about: all of them, or the one that the analysis is for. */
  subjects<T extends KubeObject = KubeObject>(kindId: string): readonly T[];
  find<T extends KubeObject = KubeObject>(kindId: string, namespace: string, name: string): T | undefined;
  readonly pods: readonly AnalyzedPod[];
  readonly meshConfig: AnalyzedMeshConfig;
  readonly meshNetworks: AnalyzedMeshNetworks;
  /** Milliseconds since 1970, for certificates. */
  readonly now: number;
}

export interface InputOptions {
  readonly meshConfig?: AnalyzedMeshConfig;
  readonly meshNetworks?: AnalyzedMeshNetworks;
  /** Are WorkloadEntries the workloads, as in a mesh without Kubernetes? Absent: only Pods are. */
  readonly workloadEntriesAsPods?: boolean;
  readonly now: number;
}

/** Sorts objects by kind for analyzers. `focus` is the one of them that the analysis is for; absent: it is for all. */
export function createAnalysisInput(objects: readonly KubeObject[], options: InputOptions, focus?: KubeObject): AnalysisInput {
  const byKind = Map.groupBy(objects, kindIdOf);
  const all = (kindId: string): readonly KubeObject[] => byKind.get(kindId) ?? [];
  const entries = options.workloadEntriesAsPods === true ? all('WorkloadEntry') : [];
  // Made when first asked for: most analyses of one object need few of them.
  const indexes = new Map<string, ReadonlyMap<string, KubeObject>>();
  const namesOf = (kindId: string): ReadonlyMap<string, KubeObject> => {
    const known = indexes.get(kindId) ?? new Map(all(kindId).map((object) => [keyOf(object.metadata.namespace ?? '', object.metadata.name), object]));
    indexes.set(kindId, known);
    return known;
  };
  let pods: readonly AnalyzedPod[] | undefined;
  return {
    all: (kindId) => all(kindId) as never,
    subjects: (kindId) => all(kindId).filter((object) => focus === undefined || object === focus) as never,
    find: (kindId, namespace, name) => namesOf(kindId).get(keyOf(namespace, name)) as never,
    get pods() {
      return (pods ??= [...all('Pod').map((object) => podOf(object, object.metadata.labels ?? {})), ...entries.map((object) => podOf(object, (object.spec as { readonly labels?: Labels } | undefined)?.labels ?? {}))]);
    },
    meshConfig: options.meshConfig ?? {},
    meshNetworks: options.meshNetworks ?? {},
    now: options.now,
  };
}

const KIND_IDS: ReadonlyMap<string, string> = new Map(KINDS.flatMap(({ group, versions, kind, id }) => versions.map((version) => [`${group === '' ? version : `${group}/${version}`} ${kind}`, id])));

/** Id of an object's kind in the table of kinds, or the kind itself. */
export function kindIdOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string {
  return KIND_IDS.get(`${apiVersion} ${kind}`) ?? kind;
}

function podOf(object: KubeObject, labels: Labels): AnalyzedPod {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name, labels, object };
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** `name` or `namespace/name` as a pair; a name alone is in `namespace`. */
export function splitName(namespace: string, name: string): readonly [namespace: string, name: string] {
  const slash = name.indexOf('/');
  return slash === -1 ? [namespace, name] : [name.slice(0, slash), name.slice(slash + 1)];
}

/** Labels as Istio prints a selector: `app=a,version=v1`, by name. */
export function selectorText(labels: Labels | undefined): string {
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',');
}
