import type { Service } from '../../core.ts';
import type { KubeObject } from '../../kube-object.ts';
import { matchesLabels, type Labels } from '../../label-selector.ts';
import type { ServiceEntry } from '../../networking.ts';
import type { AnalysisInput, AnalyzedPod } from '../analysis-input.ts';
import { hostText, type KialiHost } from './host.ts';

/** What Kiali's checks know besides the objects. */
export interface KialiSettings {
  /** Does a host that nobody knows still go out (ALLOW_ANY)? Then a missing one is a warning. */
  readonly allowAny: boolean;
  readonly autoMutualTls: boolean;
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
  readonly rootNamespace: string;
}
export const DEFAULT_KIALI_SETTINGS: KialiSettings = { allowAny: true, autoMutualTls: true, trustDomain: 'cluster.local', trustDomainAliases: [], rootNamespace: 'istio-system' };

const WAYPOINT_LABEL = 'istio.io/use-waypoint';
const DATAPLANE_LABEL = 'istio.io/dataplane-mode';
const EXPORT_TO = 'networking.istio.io/exportTo';

/** The objects of a mesh, indexed as Kiali's checks look things up. */
export class KialiMesh {
  readonly input: AnalysisInput;
  readonly settings: KialiSettings;
  readonly namespaces: ReadonlySet<string>;
  readonly #namespaceLabels: ReadonlyMap<string, Labels>;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #pods: ReadonlyMap<string, readonly AnalyzedPod[]>;
  readonly #entryHosts: readonly string[];

  constructor(input: AnalysisInput, settings: KialiSettings) {
    this.input = input;
    this.settings = settings;
    const namespaces = input.all('Namespace');
    // Without Namespace objects (files that are checked by themselves) those that objects are in count.
    const used = namespaces.length > 0 ? namespaces.map(({ metadata }) => metadata.name) : [...input.all('Service'), ...input.all('WorkloadEntry'), ...input.pods.map(({ object }) => object)].flatMap(({ metadata }) => metadata.namespace ?? []);
    this.namespaces = new Set(used);
    this.#namespaceLabels = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
    this.#services = new Map(input.all<Service>('Service').map((service) => [`${service.metadata.namespace ?? ''}/${service.metadata.name}`, service]));
    this.#pods = Map.groupBy(input.pods, ({ namespace }) => namespace);
    this.#entryHosts = input.all<ServiceEntry>('ServiceEntry').flatMap(({ spec }) => spec?.hosts ?? []);
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  /** Is a host a service that `viewer` sees? Source: kiali kubernetes/istio.go, IsValidForNamespace. */
  isService({ service, namespace, complete }: KialiHost, viewer: string): boolean {
    const found = complete ? this.service(namespace, service) : undefined;
    if (found === undefined) return false;
    const exportTo = (found.metadata.annotations?.[EXPORT_TO] ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
    return exportTo.length === 0 || exportTo.some((part) => part === '*' || part === viewer || (part === '.' && namespace === viewer));
  }

  /** Has a service entry this host? Wildcards by their suffix. */
  isEntryHost(host: KialiHost): boolean {
    const text = hostText(host);
    return this.#entryHosts.some((entry) => (entry.includes('*') ? text.endsWith(entry.slice(entry.indexOf('*') + 1)) : text === entry));
  }

  pods(namespace: string): readonly AnalyzedPod[] {
    return this.#pods.get(namespace) ?? [];
  }

  /** Has any workload (of one namespace) these labels? */
  hasWorkload(labels: Labels, namespace?: string): boolean {
    return (namespace === undefined ? this.input.pods : this.pods(namespace)).some((pod) => matchesLabels(labels, pod.labels));
  }

  labelsOf(namespace: string): Labels {
    return this.#namespaceLabels.get(namespace) ?? {};
  }

  /** Is a namespace in ambient mode? */
  isAmbient(namespace: string): boolean {
    return this.labelsOf(namespace)[DATAPLANE_LABEL] === 'ambient';
  }

  /** Is a resource of a namespace to use a waypoint? Its own label comes before the namespace's; `none` takes it out. */
  usesWaypoint(labels: Labels | undefined, namespace: string): boolean {
    const value = labels?.[WAYPOINT_LABEL] ?? this.labelsOf(namespace)[WAYPOINT_LABEL];
    return value !== undefined && value !== '' && value !== 'none';
  }

  /** Is the waypoint there that a workload is to use: a Gateway of the Gateway API by that name? */
  waypointExists(labels: Labels, namespace: string): boolean {
    const name = labels[WAYPOINT_LABEL] ?? this.labelsOf(namespace)[WAYPOINT_LABEL] ?? '';
    const of = labels['istio.io/use-waypoint-namespace'] ?? this.labelsOf(namespace)['istio.io/use-waypoint-namespace'] ?? namespace;
    return this.input.find('K8sGateway', of, name) !== undefined;
  }
}

/** The namespace an object is in; '' for a kind that is in none. */
export function placeOf(object: KubeObject): string {
  return object.metadata.namespace ?? '';
}

/** `namespace/name`s for the end of a message. */
export function namesOf(objects: readonly KubeObject[]): string {
  return [...new Set(objects.map((object) => `${placeOf(object)}/${object.metadata.name}`))].toSorted().join(', ');
}
