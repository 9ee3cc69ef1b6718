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
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: FAULTS_CONFIG_MAP, namespace: NS, labels: { 'binnacle.dev/faults': 'true' } }, data: {} },
  ];
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
