import { apiVersionOf, KINDS } from '#mesh-core/domain/resources/kinds.ts';

export interface WritableKind {
  /** Its id in the table of kinds. */
  readonly kind: string;
  readonly use: string;
  /** Offered first. */
  readonly common?: true;
}

/** Kinds people write by hand, with what they are for. */
export const WRITABLE_KINDS: readonly WritableKind[] = [
  { kind: 'VirtualService', use: 'Route requests of a host', common: true },
  { kind: 'DestinationRule', use: 'Versions of a host', common: true },
  { kind: 'Gateway', use: 'Let outside traffic in', common: true },
  { kind: 'ServiceEntry', use: 'Make an outside host known', common: true },
  { kind: 'Sidecar', use: 'What a workload sees' },
  { kind: 'AuthorizationPolicy', use: 'Who may call whom', common: true },
  { kind: 'PeerAuthentication', use: 'Require mTLS', common: true },
  { kind: 'RequestAuthentication', use: 'Whose tokens count', common: true },
  { kind: 'RateLimitPolicy', use: 'How many requests are let in', common: true },
  { kind: 'Telemetry', use: 'Logs, traces and labels' },
  { kind: 'HTTPRoute', use: 'Route requests (Gateway API)' },
  { kind: 'GRPCRoute', use: 'Route calls (Gateway API)' },
  { kind: 'TLSRoute', use: 'Route by SNI (Gateway API)' },
  { kind: 'TCPRoute', use: 'Route connections (Gateway API)' },
  { kind: 'K8sGateway', use: 'Let outside traffic in (Gateway API)' },
  { kind: 'GatewayClass', use: 'Who runs gateways (Gateway API)' },
  { kind: 'ListenerSet', use: 'More listeners for a gateway (Gateway API)' },
  { kind: 'BackendTLSPolicy', use: 'TLS towards a service (Gateway API)' },
  { kind: 'ReferenceGrant', use: 'Let other namespaces refer here (Gateway API)' },
  { kind: 'Service', use: 'A name for workloads', common: true },
  { kind: 'WorkloadEntry', use: 'A workload outside the mesh’s own' },
  { kind: 'WorkloadGroup', use: 'What registered workloads share' },
  { kind: 'EnvoyFilter', use: 'Change what proxies are sent' },
  { kind: 'ProxyConfig', use: 'How proxies run' },
  { kind: 'WasmPlugin', use: 'Extend a proxy with WebAssembly' },
  { kind: 'TrafficExtension', use: 'Extend a proxy' },
  { kind: 'CanaryRollout', use: 'Shift traffic step by step' },
  { kind: 'PrometheusRule', use: 'Record metrics, raise alerts', common: true },
  { kind: 'ConfigMap', use: 'Values for programs', common: true },
  { kind: 'Namespace', use: 'A place for objects' },
];

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
  Sidecar: `spec:
  workloadSelector:
    labels:
      app: catalog
  egress:
  - hosts:
    - ./*
    - istio-system/*
`,
  RequestAuthentication: `spec:
  selector:
    matchLabels:
      app: catalog
  jwtRules:
  - issuer: https://issuer.example.com
    jwksUri: https://issuer.example.com/.well-known/jwks.json
`,
  Telemetry: `spec:
  accessLogging:
  - providers:
    - name: envoy
    filter:
      expression: response.code >= 400
`,
  RateLimitPolicy: `spec:
  selector:
    matchLabels:
      app: catalog
  limits:
  - name: everybody
    requests: 100
    per: 60s
`,
  WorkloadEntry: `spec:
  address: 10.0.0.1
  labels:
    app: my-app
    version: v1
  serviceAccount: my-app
`,
  WorkloadGroup: `spec:
  metadata:
    labels:
      app: my-app
      version: v1
  template:
    serviceAccount: my-app
`,
  EnvoyFilter: `spec:
  workloadSelector:
    labels:
      app: catalog
  configPatches:
  - applyTo: HTTP_FILTER
    match:
      context: SIDECAR_INBOUND
      listener:
        filterChain:
          filter:
            name: envoy.filters.network.http_connection_manager
    patch:
      operation: INSERT_BEFORE
      value:
        name: envoy.filters.http.local_ratelimit
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
          stat_prefix: http_local_rate_limiter
          token_bucket:
            max_tokens: 100
            tokens_per_fill: 100
            fill_interval: 60s
          filter_enabled:
            default_value: { numerator: 100 }
          filter_enforced:
            default_value: { numerator: 100 }
`,
  ProxyConfig: `spec:
  selector:
    matchLabels:
      app: catalog
  concurrency: 1
`,
  WasmPlugin: `spec:
  selector:
    matchLabels:
      app: catalog
  url: oci://registry.example.com/my-plugin:1.0
`,
  TrafficExtension: `spec:
  selector:
    matchLabels:
      app: catalog
  lua:
    inlineCode: |
      function envoy_on_request(handle)
      end
`,
  K8sGateway: `spec:
  gatewayClassName: istio
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    hostname: example.com
`,
  GatewayClass: `spec:
  controllerName: istio.io/gateway-controller
`,
  ListenerSet: `spec:
  parentRef:
    name: my-gateway
  listeners:
  - name: extra
    port: 8080
    protocol: HTTP
    hostname: extra.example.com
`,
  HTTPRoute: `spec:
  parentRefs:
  - name: my-gateway
  hostnames:
  - example.com
  rules:
  - matches:
    - path:
        type: PathPrefix
        value: /
    backendRefs:
    - name: catalog
      port: 80
`,
  GRPCRoute: `spec:
  parentRefs:
  - name: my-gateway
  rules:
  - matches:
    - method:
        service: shop.Catalog
    backendRefs:
    - name: catalog
      port: 80
`,
  TLSRoute: `spec:
  parentRefs:
  - name: my-gateway
  hostnames:
  - secure.example.com
  rules:
  - backendRefs:
    - name: catalog
      port: 443
`,
  TCPRoute: `spec:
  parentRefs:
  - name: my-gateway
  rules:
  - backendRefs:
    - name: catalog
      port: 80
`,
  BackendTLSPolicy: `spec:
  targetRefs:
  - group: ""
    kind: Service
    name: catalog
  validation:
    hostname: catalog.example.com
    wellKnownCACertificates: System
`,
  ReferenceGrant: `spec:
  from:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    namespace: istio-system
  to:
  - group: ""
    kind: Service
`,
  CanaryRollout: `spec:
  host: catalog
  stable:
    subset: v1
    labels:
      version: v1
  canary:
    subset: v2
    labels:
      version: v2
  steps:
  - weight: 10
    minSeconds: 60
  - weight: 50
    minSeconds: 60
  analysis:
    intervalSeconds: 5
    alpha: 0.01
    beta: 0.05
    errors:
      floor: 0.005
      maxRatio: 1.5
    onInconclusive: hold
`,
};

/** A small valid object to start from, of the kind with this id; for an id without a template its head only. */
export function templateOf(kindId: string, namespace: string): string {
  const info = KINDS.find(({ id }) => id === kindId) ?? KINDS.find(({ id }) => id === 'VirtualService');
  if (info === undefined) return '';
  const head = `apiVersion: ${apiVersionOf(info)}\nkind: ${info.kind}\nmetadata:\n  name: my-${info.singular}\n${info.namespaced ? `  namespace: ${namespace}\n` : ''}`;
  return `${head}${SPECS[info.id] ?? ''}`;
}
