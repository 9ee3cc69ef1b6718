import { apiVersionOf, KINDS } from '#mesh-core/domain/resources/kinds.ts';

/** Kinds people write by hand, with what they are for. */
export const WRITABLE_KINDS = [
  { kind: 'VirtualService', use: 'Route requests of a host' },
  { kind: 'DestinationRule', use: 'Versions of a host' },
  { kind: 'Gateway', use: 'Let outside traffic in' },
  { kind: 'ServiceEntry', use: 'Make an outside host known' },
  { kind: 'AuthorizationPolicy', use: 'Who may call whom' },
  { kind: 'PeerAuthentication', use: 'Require mTLS' },
  { kind: 'Service', use: 'A name for workloads' },
  { kind: 'PrometheusRule', use: 'Record metrics, raise alerts' },
  { kind: 'ConfigMap', use: 'Values for programs' },
] as const;

const SPECS: Readonly<Record<string, string>> = {
  VirtualService: `spec:
  hosts:
  - catalog
  http:
  - name: primary
    route:
    - destination:
        host: catalog
        subset: v1
      weight: 100
`,
  DestinationRule: `spec:
  host: catalog
  subsets:
  - name: v1
    labels:
      version: v1
`,
  Gateway: `spec:
  selector:
    istio: ingressgateway
  servers:
  - port:
      number: 80
      name: http
      protocol: HTTP
    hosts:
    - example.com
`,
  ServiceEntry: `spec:
  hosts:
  - api.example.com
  location: MESH_EXTERNAL
  resolution: DNS
  ports:
  - number: 80
    name: http
    protocol: HTTP
`,
  AuthorizationPolicy: `spec:
  selector:
    matchLabels:
      app: inventory
  action: ALLOW
  rules:
  - from:
    - source:
        principals:
        - cluster.local/ns/shop/sa/catalog
`,
  PeerAuthentication: `spec:
  mtls:
    mode: STRICT
`,
  Service: `spec:
  selector:
    app: my-app
  ports:
  - name: http
    port: 80
    targetPort: http
`,
  PrometheusRule: `spec:
  groups:
  - name: my-service
    rules:
    - alert: MyServiceErrors
      expr: |
        sum by (destination_service_name) (rate(istio_requests_total{reporter="destination", response_code=~"5.."}[1m]))
          / sum by (destination_service_name) (rate(istio_requests_total{reporter="destination"}[1m])) > 0.05
      for: 1m
      labels:
        severity: warning
      annotations:
        summary: '{{ $value | humanizePercentage }} of the requests to {{ $labels.destination_service_name }} fail'
`,
  ConfigMap: `data:
  key: value
`,
};

/** A small valid object to start from; for a kind without a template its head only. */
export function templateOf(kind: string, namespace: string): string {
  const info = KINDS.find((known) => known.kind === kind) ?? KINDS.find((known) => known.kind === 'VirtualService');
  if (info === undefined) return '';
  const head = `apiVersion: ${apiVersionOf(info)}\nkind: ${info.kind}\nmetadata:\n  name: my-${info.singular}\n${info.namespaced ? `  namespace: ${namespace}\n` : ''}`;
  return `${head}${SPECS[info.kind] ?? ''}`;
}
