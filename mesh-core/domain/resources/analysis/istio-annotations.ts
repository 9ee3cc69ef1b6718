/** What is known of an annotation of Istio's. Source: istio/api annotation/annotations.yaml. */
export interface IstioAnnotation {
  readonly name: string;
  readonly status: 'alpha' | 'beta' | 'stable';
  /** Kinds it may stand on; `Any` is all. */
  readonly kinds: readonly string[];
  readonly deprecated: boolean;
}

type Row = readonly [name: string, status: IstioAnnotation['status'], kinds: string, deprecated?: true];

const ROWS: readonly Row[] = [
  ['alpha.istio.io/canonical-serviceaccounts', 'alpha', 'Service', true],
  ['alpha.istio.io/kubernetes-serviceaccounts', 'alpha', 'Service', true],
  ['ambient.istio.io/bypass-inbound-capture', 'alpha', 'Pod'],
  ['ambient.istio.io/dns-capture', 'alpha', 'Pod'],
  ['ambient.istio.io/redirection', 'beta', 'Pod'],
  ['ambient.istio.io/waypoint-inbound-binding', 'alpha', 'GatewayClass Gateway'],
  ['galley.istio.io/analyze-suppress', 'alpha', 'Any'],
  ['gateway.istio.io/controller-version', 'alpha', 'Any'],
  ['gateway.istio.io/name-override', 'alpha', 'Gateway'],
  ['gateway.istio.io/service-account', 'alpha', 'Gateway'],
  ['inject.istio.io/templates', 'alpha', 'Pod'],
  ['istio.io/autoRegistrationGroup', 'alpha', 'WorkloadEntry'],
  ['istio.io/connectedAt', 'alpha', 'WorkloadEntry'],
  ['istio.io/disconnectedAt', 'alpha', 'WorkloadEntry'],
  ['istio.io/dry-run', 'alpha', 'AuthorizationPolicy'],
  ['istio.io/reroute-virtual-interfaces', 'alpha', 'Pod'],
  ['istio.io/rev', 'alpha', 'Pod'],
  ['istio.io/use-waypoint-canary-weight', 'alpha', 'Service ServiceEntry Namespace'],
  ['istio.io/workloadController', 'alpha', 'WorkloadEntry'],
  ['kubernetes.io/ingress.class', 'stable', 'Ingress'],
  ['networking.istio.io/exportTo', 'alpha', 'Service'],
  ['networking.istio.io/service-type', 'alpha', 'Gateway'],
  ['networking.istio.io/traffic-distribution', 'alpha', 'Namespace Service ServiceEntry'],
  ['prometheus.istio.io/merge-metrics', 'alpha', 'Pod'],
  ['proxy.istio.io/config', 'beta', 'Pod'],
  ['proxy.istio.io/overrides', 'alpha', 'Pod'],
  ['readiness.status.sidecar.istio.io/applicationPorts', 'alpha', 'Pod'],
  ['readiness.status.sidecar.istio.io/failureThreshold', 'alpha', 'Pod'],
  ['readiness.status.sidecar.istio.io/initialDelaySeconds', 'alpha', 'Pod'],
  ['readiness.status.sidecar.istio.io/periodSeconds', 'alpha', 'Pod'],
  ['sidecar.istio.io/agentLogLevel', 'alpha', 'Pod'],
  ['sidecar.istio.io/bootstrapOverride', 'alpha', 'Pod'],
  ['sidecar.istio.io/componentLogLevel', 'alpha', 'Pod'],
  ['sidecar.istio.io/discoveryAddress', 'alpha', 'Pod', true],
  ['sidecar.istio.io/extraStatTags', 'alpha', 'Pod', true],
  ['sidecar.istio.io/inject', 'beta', 'Pod', true],
  ['sidecar.istio.io/interceptionMode', 'alpha', 'Pod'],
  ['sidecar.istio.io/logLevel', 'alpha', 'Pod'],
  ['sidecar.istio.io/nativeSidecar', 'alpha', 'Pod'],
  ['sidecar.istio.io/proxyCPU', 'alpha', 'Pod'],
  ['sidecar.istio.io/proxyCPULimit', 'alpha', 'Pod'],
  ['sidecar.istio.io/proxyImage', 'alpha', 'Pod'],
  ['sidecar.istio.io/proxyImageType', 'alpha', 'Pod'],
  ['sidecar.istio.io/proxyMemory', 'alpha', 'Pod'],
  ['sidecar.istio.io/proxyMemoryLimit', 'alpha', 'Pod'],
  ['sidecar.istio.io/rewriteAppHTTPProbers', 'alpha', 'Pod'],
  ['sidecar.istio.io/statsCompression', 'alpha', 'Pod', true],
  ['sidecar.istio.io/statsEvictionInterval', 'alpha', 'Pod'],
  ['sidecar.istio.io/statsFlushInterval', 'alpha', 'Pod'],
  ['sidecar.istio.io/statsHistogramBins', 'alpha', 'Pod'],
  ['sidecar.istio.io/statsHistogramBuckets', 'alpha', 'Pod'],
  ['sidecar.istio.io/statsInclusionPrefixes', 'alpha', 'Pod', true],
  ['sidecar.istio.io/statsInclusionRegexps', 'alpha', 'Pod', true],
  ['sidecar.istio.io/statsInclusionSuffixes', 'alpha', 'Pod', true],
  ['sidecar.istio.io/status', 'alpha', 'Pod'],
  ['sidecar.istio.io/userVolume', 'alpha', 'Pod'],
  ['sidecar.istio.io/userVolumeMount', 'alpha', 'Pod'],
  ['status.sidecar.istio.io/port', 'alpha', 'Pod'],
  ['topology.istio.io/controlPlaneClusters', 'alpha', 'Namespace'],
  ['traffic.istio.io/nodeSelector', 'stable', 'Service'],
  ['traffic.sidecar.istio.io/excludeInboundPorts', 'alpha', 'Pod'],
  ['traffic.sidecar.istio.io/excludeInterfaces', 'alpha', 'Pod'],
  ['traffic.sidecar.istio.io/excludeOutboundIPRanges', 'alpha', 'Pod'],
  ['traffic.sidecar.istio.io/excludeOutboundPorts', 'alpha', 'Pod'],
  ['traffic.sidecar.istio.io/includeInboundPorts', 'alpha', 'Pod'],
  ['traffic.sidecar.istio.io/includeOutboundIPRanges', 'alpha', 'Pod'],
  ['traffic.sidecar.istio.io/includeOutboundPorts', 'alpha', 'Pod'],
  ['traffic.sidecar.istio.io/kubevirtInterfaces', 'alpha', 'Pod', true],
];

/** The annotations that Istio knows, by name. */
export const ISTIO_ANNOTATIONS: ReadonlyMap<string, IstioAnnotation> = new Map(ROWS.map(([name, status, kinds, deprecated = false]) => [name, { name, status, kinds: kinds.split(' '), deprecated }]));
