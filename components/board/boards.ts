import type { Labels } from '#components/api/prometheus.ts';
import { codeClassColor } from '#components/charts/chart-series.ts';
import type { Unit } from '#components/charts/format-number.ts';
import type { PanelQuery } from '#components/charts/promql-panel.tsx';
import type { ChartKind } from '#components/charts/time-series-chart.tsx';

export const BOARD_IDS = ['mesh', 'service', 'workload', 'control-plane'] as const;
export type BoardId = (typeof BOARD_IDS)[number];

/** A chart of a board. */
export interface BoardPanel {
  readonly title: string;
  readonly note?: string;
  readonly queries: readonly PanelQuery[];
  readonly unit: Unit;
  readonly kind?: ChartKind;
  readonly emptyHint?: string;
}
export interface BoardSection {
  readonly title: string;
  readonly panels: readonly BoardPanel[];
}
export interface BoardInput {
  /** Namespaces shown; none = all. */
  readonly namespaces: readonly string[];
  /** `name.namespace.svc.cluster.local` or an outside host. */
  readonly service: string | undefined;
  /** `namespace/name` */
  readonly workload: string | undefined;
  /** Window of rates, seconds. */
  readonly rateSeconds: number;
}

export const BOARD_TITLES: Readonly<Record<BoardId, string>> = { mesh: 'Mesh', service: 'Service', workload: 'Workload', 'control-plane': 'Control plane' };
const FAILED = 'response_code=~"5..|0"';
const MAX_SERIES = 12;

/** The sections of a board. A service or workload board without its subject is empty. */
export function boardSections(board: BoardId, input: BoardInput): readonly BoardSection[] {
  switch (board) {
    case 'mesh':
      return meshBoard(input);
    case 'service':
      return input.service === undefined ? [] : serviceBoard(input.service, input);
    case 'workload':
      return input.workload === undefined ? [] : workloadBoard(input.workload, input);
    case 'control-plane':
      return controlPlaneBoard(input);
  }
}

/** A rate needs two scrapes at least, and a window as wide as the step loses nothing between points. */
export function rateWindow(stepSeconds: number): number {
  return Math.max(30, stepSeconds);
}

function meshBoard({ namespaces, rateSeconds }: BoardInput): readonly BoardSection[] {
  const where = namespaces.length === 0 ? '' : `,destination_workload_namespace=~${quote(namespaces.join('|'))}`;
  // Callers also count what never arrived; requests from outside have a caller too: the gateway.
  const all = `reporter="source"${where}`;
  return [
    {
      title: 'Traffic',
      panels: [
        { title: 'Requests by response', unit: 'rps', kind: 'stacked-area', queries: [byCode(all, rateSeconds)] },
        { title: 'Success rate', unit: 'ratio', queries: [{ promql: successRate(all, rateSeconds), legend: 'Not 5xx' }] },
        { title: 'Latency', note: 'all requests', unit: 'ms', queries: quantiles(all, rateSeconds) },
        { title: 'Mutual TLS', note: 'share of requests', unit: 'ratio', queries: [{ promql: `sum(rate(istio_requests_total{reporter="destination"${where},connection_security_policy="mutual_tls"}[${rateSeconds}s])) / sum(rate(istio_requests_total{reporter="destination"${where}}[${rateSeconds}s]))`, legend: 'Mutual TLS' }] },
      ],
    },
    {
      title: 'By service',
      panels: [
        { title: 'Requests', unit: 'rps', queries: [top(`sum by (destination_service_name) (rate(istio_requests_total{${all}}[${rateSeconds}s]))`, '{{destination_service_name}}')] },
        { title: '5xx errors', note: 'and requests that never arrived', unit: 'ratio', emptyHint: 'No service has answered 5xx in this range.', queries: [top(`(sum by (destination_service_name) (rate(istio_requests_total{${all},${FAILED}}[${rateSeconds}s])) / sum by (destination_service_name) (rate(istio_requests_total{${all}}[${rateSeconds}s]))) > 0`, '{{destination_service_name}}')] },
        { title: 'Latency, p95', unit: 'ms', queries: [top(`histogram_quantile(0.95, sum by (le, destination_service_name) (rate(istio_request_duration_milliseconds_bucket{${all}}[${rateSeconds}s])))`, '{{destination_service_name}}')] },
        { title: 'Refused by policy', note: '403', unit: 'rps', emptyHint: 'No request was refused in this range.', queries: [top(`sum by (source_workload, destination_service_name) (rate(istio_requests_total{${all},response_code="403"}[${rateSeconds}s]))`, '{{source_workload}} → {{destination_service_name}}')] },
      ],
    },
    {
      title: 'Proxies',
      panels: [
        { title: 'Memory', unit: 'bytes', queries: [top('sum by (workload) (process_resident_memory_bytes{workload!="istiod"})', '{{workload}}')] },
        { title: 'CPU', unit: 'cores', queries: [top(`sum by (workload) (rate(process_cpu_seconds_total{workload!="istiod"}[${rateSeconds}s]))`, '{{workload}}')] },
        { title: 'Targets', note: 'that answered the last scrape', unit: 'count', queries: [{ promql: 'sum(up)', legend: 'Up' }, { promql: 'count(up == 0)', legend: 'Down', color: 'var(--status-failing-fg)' }] },
        { title: 'Requests under way', unit: 'count', queries: [top('sum by (workload) (envoy_cluster_upstream_rq_active)', '{{workload}}')] },
      ],
    },
  ];
}

function serviceBoard(service: string, { rateSeconds }: BoardInput): readonly BoardSection[] {
  const client = `reporter="source",destination_service=${quote(service)}`;
  const server = `reporter="destination",destination_service=${quote(service)}`;
  return [
    {
      title: 'As its callers see it',
      panels: [
        { title: 'Requests by response', unit: 'rps', kind: 'stacked-area', queries: [byCode(client, rateSeconds)] },
        { title: 'Success rate', unit: 'ratio', queries: [{ promql: successRate(client, rateSeconds), legend: 'Not 5xx' }] },
        { title: 'Latency', unit: 'ms', queries: quantiles(client, rateSeconds) },
        { title: 'Response flags', note: 'why a proxy answered itself', unit: 'rps', emptyHint: 'Every request was answered by the service itself.', queries: [top(`sum by (response_flags) (rate(istio_requests_total{${client},response_flags!="-"}[${rateSeconds}s]))`, '{{response_flags}}')] },
      ],
    },
    {
      title: 'By caller and version',
      panels: [
        { title: 'Requests by caller', unit: 'rps', kind: 'stacked-area', queries: [top(`sum by (source_workload) (rate(istio_requests_total{${client}}[${rateSeconds}s]))`, '{{source_workload}}')] },
        { title: 'Requests by version', unit: 'rps', kind: 'stacked-area', queries: [top(`sum by (destination_workload) (rate(istio_requests_total{${client}}[${rateSeconds}s]))`, '{{destination_workload}}')] },
        { title: '5xx errors by version', unit: 'ratio', emptyHint: 'No version has answered 5xx in this range.', queries: [top(`(sum by (destination_workload) (rate(istio_requests_total{${client},${FAILED}}[${rateSeconds}s])) / sum by (destination_workload) (rate(istio_requests_total{${client}}[${rateSeconds}s]))) > 0`, '{{destination_workload}}')] },
        { title: 'Latency by version, p95', unit: 'ms', queries: [top(`histogram_quantile(0.95, sum by (le, destination_workload) (rate(istio_request_duration_milliseconds_bucket{${client}}[${rateSeconds}s])))`, '{{destination_workload}}')] },
      ],
    },
    {
      title: 'As it sees itself',
      panels: [
        { title: 'Requests by response', unit: 'rps', kind: 'stacked-area', queries: [byCode(server, rateSeconds)] },
        { title: 'Latency', note: 'without network and caller', unit: 'ms', queries: quantiles(server, rateSeconds) },
        { title: 'Received', unit: 'bytesPerSecond', queries: [{ promql: `sum(rate(istio_request_bytes_sum{${server}}[${rateSeconds}s]))`, legend: 'Received' }] },
        { title: 'Sent', unit: 'bytesPerSecond', queries: [{ promql: `sum(rate(istio_response_bytes_sum{${server}}[${rateSeconds}s]))`, legend: 'Sent' }] },
      ],
    },
  ];
}

function workloadBoard(workload: string, { rateSeconds }: BoardInput): readonly BoardSection[] {
  const [namespace = '', name = ''] = workload.split('/');
  const inbound = `reporter="destination",destination_workload=${quote(name)},destination_workload_namespace=${quote(namespace)}`;
  const outbound = `reporter="source",source_workload=${quote(name)},source_workload_namespace=${quote(namespace)}`;
  const own = `namespace=${quote(namespace)},workload=${quote(name)}`;
  return [
    {
      title: 'Requests it answers',
      panels: [
        { title: 'By response', unit: 'rps', kind: 'stacked-area', emptyHint: 'Nobody has called this workload in this range.', queries: [byCode(inbound, rateSeconds)] },
        { title: 'Success rate', unit: 'ratio', queries: [{ promql: successRate(inbound, rateSeconds), legend: 'Not 5xx' }] },
        { title: 'Latency', unit: 'ms', queries: quantiles(inbound, rateSeconds) },
        { title: 'By caller', unit: 'rps', kind: 'stacked-area', queries: [top(`sum by (source_workload) (rate(istio_requests_total{${inbound}}[${rateSeconds}s]))`, '{{source_workload}}')] },
      ],
    },
    {
      title: 'Requests it makes',
      panels: [
        { title: 'By response', unit: 'rps', kind: 'stacked-area', emptyHint: 'This workload has called nobody in this range.', queries: [byCode(outbound, rateSeconds)] },
        { title: 'By service', unit: 'rps', kind: 'stacked-area', queries: [top(`sum by (destination_service_name) (rate(istio_requests_total{${outbound}}[${rateSeconds}s]))`, '{{destination_service_name}}')] },
        { title: 'Latency by service, p95', unit: 'ms', queries: [top(`histogram_quantile(0.95, sum by (le, destination_service_name) (rate(istio_request_duration_milliseconds_bucket{${outbound}}[${rateSeconds}s])))`, '{{destination_service_name}}')] },
        { title: 'Response flags', unit: 'rps', emptyHint: 'Every request was answered by its destination itself.', queries: [top(`sum by (response_flags) (rate(istio_requests_total{${outbound},response_flags!="-"}[${rateSeconds}s]))`, '{{response_flags}}')] },
      ],
    },
    {
      title: 'Its proxies',
      panels: [
        { title: 'Memory', unit: 'bytes', queries: [{ promql: `process_resident_memory_bytes{${own}}`, legend: fromTemplate('{{pod}}') }] },
        { title: 'CPU', unit: 'cores', queries: [{ promql: `rate(process_cpu_seconds_total{${own}}[${rateSeconds}s])`, legend: fromTemplate('{{pod}}') }] },
        { title: 'Event loop delay, p99', unit: 's', queries: [{ promql: `nodejs_eventloop_lag_p99_seconds{${own}}`, legend: fromTemplate('{{pod}}') }] },
        { title: 'Open connections', unit: 'count', queries: [top(`sum by (cluster_name) (envoy_cluster_upstream_cx_active{${own}}) > 0`, '{{cluster_name}}')] },
      ],
    },
  ];
}

function controlPlaneBoard({ rateSeconds }: BoardInput): readonly BoardSection[] {
  return [
    {
      title: 'Config',
      panels: [
        { title: 'Pushes', note: 'by type', unit: 'ops', kind: 'stacked-area', queries: [{ promql: `sum by (type) (rate(pilot_xds_pushes[${rateSeconds}s]))`, legend: fromTemplate('{{type}}') }] },
        { title: 'Convergence', note: 'from a stored change to its acknowledgement', unit: 's', emptyHint: 'Nothing was changed in this range.', queries: [0.5, 0.99].map((q) => ({ promql: `histogram_quantile(${q}, sum by (le) (rate(pilot_proxy_convergence_time_bucket[${rateSeconds}s])))`, legend: `p${q * 100}` })) },
        { title: 'Refused by proxies', unit: 'ops', emptyHint: 'No proxy has refused anything in this range.', queries: [{ promql: `sum by (type) (rate(pilot_total_xds_rejects[${rateSeconds}s])) > 0`, legend: fromTemplate('{{type}}') }] },
        { title: 'Connected proxies', unit: 'count', queries: [{ promql: 'sum(pilot_xds)', legend: 'Proxies' }] },
      ],
    },
    {
      title: 'API and certificates',
      panels: [
        { title: 'Changes', note: 'by kind', unit: 'ops', kind: 'stacked-area', queries: [{ promql: `sum by (type) (rate(pilot_k8s_cfg_events[${rateSeconds}s]))`, legend: fromTemplate('{{type}}') }] },
        { title: 'API requests', unit: 'ops', kind: 'stacked-area', queries: [{ promql: `sum by (verb) (rate(apiserver_request_total[${rateSeconds}s]))`, legend: fromTemplate('{{verb}}') }] },
        { title: 'API latency, p99', unit: 's', queries: [{ promql: `histogram_quantile(0.99, sum by (le, verb) (rate(apiserver_request_duration_seconds_bucket[${rateSeconds}s])))`, legend: fromTemplate('{{verb}}') }] },
        { title: 'Certificates issued', unit: 'ops', queries: [{ promql: `sum(rate(citadel_server_success_cert_issuance_count[${rateSeconds}s]))`, legend: 'Issued' }] },
      ],
    },
    {
      title: 'The process',
      panels: [
        { title: 'Memory', unit: 'bytes', queries: [{ promql: 'process_resident_memory_bytes{workload="istiod"}', legend: 'Resident' }, { promql: 'nodejs_heap_size_used_bytes{workload="istiod"}', legend: 'Heap' }] },
        { title: 'CPU', unit: 'cores', queries: [{ promql: `rate(process_cpu_seconds_total{workload="istiod"}[${rateSeconds}s])`, legend: 'CPU' }] },
        { title: 'Event loop delay, p99', unit: 's', queries: [{ promql: 'nodejs_eventloop_lag_p99_seconds{workload="istiod"}', legend: 'p99' }] },
        { title: 'Scrape duration', unit: 's', queries: [{ promql: 'scrape_duration_seconds{workload="istiod"}', legend: 'Scrape' }] },
      ],
    },
  ];
}

function byCode(selector: string, seconds: number): PanelQuery {
  return { promql: `sum by (response_code) (rate(istio_requests_total{${selector}}[${seconds}s]))`, legend: (labels) => (labels['response_code'] === '0' ? 'no answer' : (labels['response_code'] ?? '?')), color: (labels) => codeClassColor(labels['response_code'] ?? '') };
}
/** A selection without failures has no 5xx series at all, which must count as 0 failures, not as no data. */
function successRate(selector: string, seconds: number): string {
  const all = `sum(rate(istio_requests_total{${selector}}[${seconds}s]))`;
  return `1 - (sum(rate(istio_requests_total{${selector},${FAILED}}[${seconds}s])) or 0 * ${all}) / ${all}`;
}
function quantiles(selector: string, seconds: number): PanelQuery[] {
  return [0.5, 0.95, 0.99].map((q) => ({ promql: `histogram_quantile(${q}, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${selector}}[${seconds}s])))`, legend: `p${q * 100}` }));
}
function top(promql: string, legend: string): PanelQuery {
  return { promql: `topk(${MAX_SERIES}, ${promql})`, legend: fromTemplate(legend) };
}
/** `{{source_workload}} → {{destination_service_name}}` filled in from a series' labels. */
function fromTemplate(template: string): (labels: Labels) => string {
  return (labels) => template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => labels[name] ?? '');
}
function quote(text: string): string {
  return JSON.stringify(text);
}
