import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';

const NS = 'shop';
const NETWORKING = 'networking.istio.io/v1';
const SECURITY = 'security.istio.io/v1';

/** One workload of the shop: `<service>-<version>` runs `mesh-core/demo/shop/<service>.ts` with a sidecar. */
export interface ShopWorkload {
  readonly service: string;
  readonly version: string;
  /** False: it only calls others. */
  readonly listens: boolean;
}
export const SHOP_WORKLOADS: readonly ShopWorkload[] = [
  { service: 'inventory', version: 'v1', listens: true },
  { service: 'catalog', version: 'v1', listens: true },
  { service: 'catalog', version: 'v2', listens: true },
  { service: 'payment', version: 'v2', listens: true },
  { service: 'payment', version: 'v3', listens: true },
  { service: 'cart', version: 'v1', listens: true },
  { service: 'membership', version: 'v1', listens: true },
  { service: 'deductible', version: 'v1', listens: true },
  { service: 'claims', version: 'v1', listens: true },
  { service: 'ui', version: 'v1', listens: true },
  { service: 'rogue', version: 'v1', listens: false },
];
export const FAULTS_CONFIG_MAP = 'fault-injection';

/** What the shop cannot run without; written at every start, because the bank's port changes. */
export function runtimeObjects(bankPort: number, gatewayPort: number): KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS, labels: { 'istio-injection': 'enabled' } } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'istio-ingressgateway', namespace: 'istio-system', labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' } },
      spec: { selector: { istio: 'ingressgateway' }, ports: [{ name: 'http2', port: 80, targetPort: gatewayPort }] },
    },
    ...[...new Set(SHOP_WORKLOADS.filter((w) => w.listens).map((w) => w.service))].map(
      (service): KubeObject => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: service, namespace: NS, labels: { app: service } },
        spec: { selector: { app: service }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
      }),
    ),
    {
      apiVersion: NETWORKING,
      kind: 'ServiceEntry',
      metadata: { name: 'bank', namespace: NS },
      spec: {
        hosts: ['bank.example.com'],
        location: 'MESH_EXTERNAL',
        resolution: 'STATIC',
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
        endpoints: [{ address: '127.0.0.1', ports: { http: bankPort } }],
      },
    },
  ];
}

/** What the shop starts with, and its owner then edits: written once, never again. */
export function initialObjects(): KubeObject[] {
  return [
    { apiVersion: SECURITY, kind: 'PeerAuthentication', metadata: { name: 'default', namespace: 'istio-system' }, spec: { mtls: { mode: 'STRICT' } } },
    {
      apiVersion: NETWORKING,
      kind: 'Gateway',
      metadata: { name: 'shop', namespace: NS },
      spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] },
    },
    {
      apiVersion: NETWORKING,
      kind: 'VirtualService',
      metadata: { name: 'shop', namespace: NS },
      spec: { hosts: ['*'], gateways: ['shop'], http: [{ name: 'ui', route: [{ destination: { host: 'ui', port: { number: 80 } } }] }] },
    },
    ...twoVersions('catalog', 'v1', 'v2', [80, 20]),
    ...twoVersions('payment', 'v2', 'v3', [90, 10]),
    allowOnly('inventory', 'catalog', ['GET']),
    allowOnly('payment', 'cart', ['POST']),
    allowOnly('deductible', 'claims'),
    allowOnly('membership', 'deductible'),
    trafficRules(),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: FAULTS_CONFIG_MAP, namespace: NS, labels: { 'binnacle.dev/faults': 'true' } }, data: {} },
  ];
}

/** Rules a mesh wants first: rates and errors of each service recorded, and an alert where too much fails or all is slow. */
function trafficRules(): KubeObject {
  const by = 'sum by (destination_service_namespace, destination_service_name)';
  const service = '{{ $labels.destination_service_name }}';
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'shop-traffic', namespace: NS },
    spec: {
      groups: [
        {
          name: 'shop-traffic',
          interval: '15s',
          rules: [
            { record: 'service:istio_requests:rate1m', expr: `${by} (rate(istio_requests_total{reporter="source"}[1m]))` },
            { record: 'service:istio_request_errors:ratio_rate1m', expr: `${by} (rate(istio_requests_total{reporter="source", response_code=~"5..|0"}[1m])) / (service:istio_requests:rate1m > 0)` },
            {
              alert: 'ServiceErrorRatioHigh',
              expr: 'service:istio_request_errors:ratio_rate1m > 0.05',
              for: '1m',
              labels: { severity: 'warning' },
              annotations: { summary: `{{ $value | humanizePercentage }} of the requests to ${service} fail`, description: `More than 5 % of the requests to ${service} failed for one minute, as their callers saw it.` },
            },
            {
              alert: 'ServiceSlow',
              expr: 'histogram_quantile(0.95, sum by (le, destination_service_namespace, destination_service_name) (rate(istio_request_duration_milliseconds_bucket{reporter="source"}[1m]))) > 1000',
              for: '2m',
              keep_firing_for: '1m',
              labels: { severity: 'warning' },
              annotations: { summary: `One in twenty requests to ${service} takes longer than {{ $value | printf "%.0f" }} ms` },
            },
          ],
        },
      ],
    },
  };
}

function twoVersions(host: string, a: string, b: string, weights: readonly [number, number]): KubeObject[] {
  return [
    { apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name: host, namespace: NS }, spec: { host, subsets: [a, b].map((v) => ({ name: v, labels: { version: v } })) } },
    {
      apiVersion: NETWORKING,
      kind: 'VirtualService',
      metadata: { name: host, namespace: NS },
      spec: {
        hosts: [host],
        http: [
          {
            name: 'primary',
            route: [
              { destination: { host, subset: a }, weight: weights[0] },
              { destination: { host, subset: b }, weight: weights[1] },
            ],
          },
        ],
      },
    },
  ];
}

function allowOnly(service: string, caller: string, methods?: readonly string[]): KubeObject {
  return {
    apiVersion: SECURITY,
    kind: 'AuthorizationPolicy',
    metadata: { name: service, namespace: NS },
    spec: {
      selector: { matchLabels: { app: service } },
      action: 'ALLOW',
      rules: [{ from: [{ source: { principals: [`cluster.local/ns/${NS}/sa/${caller}`] } }], ...(methods === undefined ? {} : { to: [{ operation: { methods } }] }) }],
    },
  };
}
