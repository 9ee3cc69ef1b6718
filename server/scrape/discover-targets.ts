import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { labelsFromEntries } from '#server/timeseries/labels.ts';
import type { ScrapeTarget } from './scrape-target.ts';
import { addressProblem, hostInUrl } from './workload-address.ts';

/** The pool of the workloads of the mesh. */
export const MESH_POOL = 'workload-entries';
const DEFAULT_PATH = '/metrics';

/**
 * The scrape targets among WorkloadEntries: those annotated `prometheus.io/scrape: "true"`, at the annotated port and
 * path. Labels: `job` = the app (canonical name), `instance` = address:port, `namespace`, `pod` = the entry's name (as in
 * Istio's own dashboards), `workload`, `app`, `version`. An annotation that makes no sense gives a target with a problem.
 */
export function discoverTargets(entries: readonly WorkloadEntry[]): ScrapeTarget[] {
  return entries.filter((entry) => entry.metadata.annotations?.['prometheus.io/scrape'] === 'true').map(toTarget);
}

function toTarget(entry: WorkloadEntry): ScrapeTarget {
  const { name, namespace = 'default', annotations = {} } = entry.metadata;
  const own = { ...entry.metadata.labels, ...entry.spec?.labels };
  const app = own['service.istio.io/canonical-name'] ?? own['app'] ?? name;
  const host = entry.spec?.address ?? '';
  const portText = annotations['prometheus.io/port'] ?? '';
  const path = annotations['prometheus.io/path'] ?? DEFAULT_PATH;
  const scheme = annotations['prometheus.io/scheme'] ?? 'http';
  const address = `${hostInUrl(host)}:${portText}`;
  const url = `${scheme}://${address}${path.startsWith('/') ? '' : '/'}${path}`;
  const problem = problemOf(host, portText, scheme, url);
  return {
    key: `${namespace}/${name} ${url}`,
    pool: MESH_POOL,
    url,
    labels: labelsFromEntries([
      ['job', app],
      ['instance', address],
      ['namespace', namespace],
      ['pod', name],
      ['workload', annotations['istio.io/autoRegistrationGroup'] ?? app],
      ['app', app],
      // Not the canonical revision: its default "latest" would hide a `version` that the page itself states (pilot_info).
      ['version', own['version'] ?? ''],
    ]),
    discoveredLabels: labelsFromEntries([
      ['__address__', address],
      ['__metrics_path__', path],
      ['__scheme__', scheme],
      ['__meta_kubernetes_namespace', namespace],
      ['__meta_workload_entry_name', name],
      ...Object.entries(own).map(([key, value]): [string, string] => [`__meta_workload_entry_label_${metaName(key)}`, value]),
      ...Object.entries(annotations).map(([key, value]): [string, string] => [`__meta_workload_entry_annotation_${metaName(key)}`, value]),
    ]),
    ...(problem === undefined ? {} : { problem }),
  };
}

function problemOf(host: string, port: string, scheme: string, url: string): string | undefined {
  const unusable = addressProblem(host);
  if (unusable !== undefined) return unusable;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) return `the annotation prometheus.io/port is ${JSON.stringify(port)}, not a port`;
  if (scheme !== 'http' && scheme !== 'https') return `the annotation prometheus.io/scheme is ${JSON.stringify(scheme)}, not http or https`;
  return URL.canParse(url) ? undefined : `${url} is not a URL`;
}

/** Prometheus' rule for names made of Kubernetes keys. */
function metaName(key: string): string {
  return key.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}
