import type { Service } from '../core.ts';
import type { ServiceEntry } from '../networking.ts';
import type { AnalysisInput } from './analysis-input.ts';

/** A host that rules may name: what a ServiceEntry declares, or a Service stands for. */
export interface AnalyzedHost {
  readonly ports: readonly number[];
  /** Labels of its endpoints beside those of a subset. */
  readonly selector: Readonly<Record<string, string>>;
}

/** Hosts by who sees them: `*`, or a namespace, then the host's full name. */
export interface HostTable {
  /** What a rule of `namespace`, itself exported to `exportTo`, means by `host`; undefined when nobody has it. */
  find(namespace: string, exportTo: readonly string[] | undefined, host: string): AnalyzedHost | undefined;
  /** Full names that are visible in a namespace, for suggestions. */
  names(namespace: string): readonly string[];
}

const EVERYBODY = '*';
const EXPORT_ANNOTATION = 'networking.istio.io/exportTo';

/**
 * The hosts of Services and ServiceEntries. Source: istio/istio pkg/config/analysis/analyzers/util/service_lookup.go; as
 * there, a Service's short names are taken by the namespace of whoever asks.
 */
export function hostTable(input: AnalysisInput): HostTable {
  const scopes = new Map<string, Map<string, AnalyzedHost>>();
  const add = (scope: string, host: string, value: AnalyzedHost): void => {
    const hosts = scopes.get(scope) ?? new Map<string, AnalyzedHost>();
    scopes.set(scope, hosts.set(host, value));
  };
  for (const { metadata, spec } of input.all<ServiceEntry>('ServiceEntry')) {
    const namespace = metadata.namespace ?? '';
    const value = { ports: (spec?.ports ?? []).map((port) => port.number), selector: spec?.workloadSelector?.labels ?? {} };
    const targets = visibleIn(spec?.exportTo, namespace);
    for (const host of spec?.hosts ?? []) for (const scope of targets) add(scope, fullHost(namespace, host), value);
  }
  for (const { metadata, spec } of input.all<Service>('Service')) {
    const namespace = metadata.namespace ?? '';
    const value = { ports: (spec?.ports ?? []).map((port) => port.port), selector: {} };
    const annotation = metadata.annotations?.[EXPORT_ANNOTATION] ?? '';
    const targets = annotation === '' ? [EVERYBODY] : annotation.split(',').map((entry) => (entry.trim() === '.' ? namespace : entry.trim()));
    for (const scope of targets) add(scope, fullHost(namespace, metadata.name), value);
  }
  return { find: (namespace, exportTo, host) => find(scopes, namespace, exportTo, host), names: (namespace) => [...new Set([EVERYBODY, namespace].flatMap((scope) => [...(scopes.get(scope)?.keys() ?? [])]))] };
}

/** `exportTo` as scopes: `*` alone when everybody sees it, else namespaces. */
export function visibleIn(exportTo: readonly string[] | undefined, namespace: string): readonly string[] {
  if (exportTo === undefined || exportTo.length === 0 || exportTo.includes(EVERYBODY)) return [EVERYBODY];
  return [...new Set(exportTo.map((entry) => (entry === '.' ? namespace : entry)))];
}

/** A host without a dot is a service of the namespace. */
export function fullHost(namespace: string, host: string): string {
  return host.startsWith('*') || host.includes('.') ? host : `${host}.${namespace}.svc.cluster.local`;
}

function find(scopes: ReadonlyMap<string, ReadonlyMap<string, AnalyzedHost>>, namespace: string, exportTo: readonly string[] = [], host: string): AnalyzedHost | undefined {
  const full = fullHost(namespace, host);
  const own = exportTo.length === 0 ? [namespace] : exportTo.map((entry) => (entry === '.' ? namespace : entry));
  for (const scope of [EVERYBODY, ...own]) {
    const exact = scopes.get(scope)?.get(full);
    if (exact !== undefined) return exact;
  }
  for (const scope of [EVERYBODY, namespace]) {
    for (const [pattern, value] of scopes.get(scope) ?? []) {
      if (pattern.startsWith('*') && host.replace(/^\*/, '').endsWith(pattern.slice(1))) return value;
    }
  }
  return undefined;
}
