import type { Condition } from '#mesh-core/domain/resources/core.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { ProxyNode } from '#mesh-core/domain/translate/mesh-snapshot.ts';

/** Marks the entries that the control plane made, and so may remove. Istio's name. */
export const AUTO_REGISTRATION_GROUP = 'istio.io/autoRegistrationGroup';
/** The xDS node id of the proxy an entry stands for. */
const PROXY_ID = 'proxy.istio.io/id';
/** Where metrics are scraped; the scraper and the console's admin requests read it. */
export const SCRAPE_PORT = 'prometheus.io/port';

const CANONICAL_NAME = 'service.istio.io/canonical-name';
const CANONICAL_REVISION = 'service.istio.io/canonical-revision';

/**
 * The WorkloadEntry of a proxy that registers itself: named `<group>-<address>-<port>` after its inbound port (a caller-only
 * workload: its outbound port; a gateway: its stats port), with the labels by which services and subsets select it.
 * Source: Istio's auto-registration of virtual machines (pilot/pkg/autoregistration), canonical service labels.
 */
export function workloadEntryOf(node: ProxyNode, group: string): WorkloadEntry {
  const labels = {
    ...node.labels,
    [CANONICAL_NAME]: node.labels[CANONICAL_NAME] ?? node.labels['app.kubernetes.io/name'] ?? node.labels['app'] ?? node.workload,
    [CANONICAL_REVISION]: node.labels[CANONICAL_REVISION] ?? node.labels['app.kubernetes.io/version'] ?? node.labels['version'] ?? 'latest',
    'security.istio.io/tlsMode': 'istio',
  };
  const port = node.inboundPort ?? node.outboundPort ?? node.statsPort;
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: {
      name: [group, node.address.replaceAll(':', '-'), ...(port === undefined ? [] : [port])].join('-'),
      namespace: node.namespace,
      labels,
      annotations: { [AUTO_REGISTRATION_GROUP]: group, [PROXY_ID]: node.id, ...scrapeAnnotations(node.statsPort, '/stats/prometheus') },
    },
    spec: { address: node.address, ...(node.inboundPort === undefined ? {} : { ports: { http: node.inboundPort } }), labels, serviceAccount: node.serviceAccount },
  };
}

/** The control plane's own entry, `istiod` in the root namespace: how the scraper finds its metrics. */
export function controlPlaneEntry(ports: { readonly xds: number; readonly monitoring: number }, rootNamespace: string): WorkloadEntry {
  const labels = { app: 'istiod', istio: 'pilot', [CANONICAL_NAME]: 'istiod', [CANONICAL_REVISION]: 'latest' };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name: 'istiod', namespace: rootNamespace, labels, annotations: scrapeAnnotations(ports.monitoring, '/metrics') },
    spec: { address: '127.0.0.1', ports: { 'grpc-xds': ports.xds, 'http-monitoring': ports.monitoring }, labels, serviceAccount: 'istiod' },
  };
}

/** What a proxy says about the app behind it. */
export interface HealthReport {
  readonly healthy: boolean;
  /** Why not; '' when healthy. */
  readonly message: string;
}

/**
 * An entry with the report as its condition `Healthy`; the same object when it says so already. `now` is RFC 3339; the time of
 * transition moves only when the verdict changes.
 */
export function withHealth(entry: WorkloadEntry, report: HealthReport, now: string): WorkloadEntry {
  const others = (entry.status?.conditions ?? []).filter((condition) => condition.type !== 'Healthy');
  const before = entry.status?.conditions?.find((condition) => condition.type === 'Healthy');
  const status = report.healthy ? 'True' : 'False';
  const message = report.healthy ? '' : report.message.slice(0, 1024);
  if (before?.status === status && (before.message ?? '') === message) return entry;
  const condition: Condition = {
    type: 'Healthy',
    status,
    ...(report.healthy ? {} : { reason: 'HealthCheckFailed', message }),
    lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? now) : now,
  };
  return { ...entry, status: { ...entry.status, conditions: [...others, condition] } };
}

function scrapeAnnotations(port: number | undefined, path: string): Readonly<Record<string, string>> {
  return port === undefined ? {} : { 'prometheus.io/scrape': 'true', [SCRAPE_PORT]: String(port), 'prometheus.io/path': path };
}
