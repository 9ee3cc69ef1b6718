import type { WorkloadEntry } from '../resources/networking.ts';
import type { ProxyNode } from './mesh-snapshot.ts';

/** For tests: the sidecar of `<app>-v1` in `shop`, its app at port 8080. */
export function aSidecar(app: string, overrides: Partial<ProxyNode> = {}): ProxyNode {
  const workload = `${app}-v1`;
  return {
    id: `sidecar~127.0.0.1~${workload}.shop~shop.svc.cluster.local`,
    type: 'sidecar',
    namespace: 'shop',
    workload,
    serviceAccount: app,
    labels: { app, version: 'v1' },
    address: '127.0.0.1',
    inboundPort: 15_006,
    outboundPort: 15_001,
    statsPort: 15_020,
    appPort: 8080,
    ...overrides,
  };
}

/** For tests: the ingress gateway. */
export function aGatewayProxy(overrides: Partial<ProxyNode> = {}): ProxyNode {
  return {
    id: 'router~127.0.0.1~istio-ingressgateway.istio-system~istio-system.svc.cluster.local',
    type: 'router',
    namespace: 'istio-system',
    workload: 'istio-ingressgateway',
    serviceAccount: 'istio-ingressgateway',
    labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
    address: '127.0.0.1',
    statsPort: 15_020,
    ...overrides,
  };
}

/** For tests: a registered, mutual-TLS workload `<app>-<version>` of `shop` whose sidecar listens at `port`. */
export function aWorkload(app: string, version: string, port: number, overrides: Partial<WorkloadEntry> = {}): WorkloadEntry {
  const labels = { app, version, 'security.istio.io/tlsMode': 'istio' };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name: `${app}-${version}-127.0.0.1-${port}`, namespace: 'shop', labels, annotations: { 'istio.io/autoRegistrationGroup': `${app}-${version}` } },
    spec: { address: '127.0.0.1', ports: { http: port }, labels, serviceAccount: app },
    ...overrides,
  };
}
