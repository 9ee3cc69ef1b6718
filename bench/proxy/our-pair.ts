import { fileURLToPath } from 'node:url';
import type { RbacRules, Route } from '#mesh-core/domain/envoy/resources.ts';
import { FakeControlPlane } from '#mesh-core/proxy/testing/fake-control-plane.ts';
import { assignment, clusterName, inboundCluster, inboundListener, outboundListener, outboundRoutes, routeTo, serviceCluster } from '#mesh-core/proxy/testing/mesh-resources.ts';
import type { TestAuthority } from '#mesh-core/proxy/testing/test-authority.ts';
import { start, together } from './children.ts';
import type { Running } from './children.ts';
import type { Pair } from './peers.ts';
import type { ProxySettings } from './proxy-process.ts';

/** What is switched on. */
export interface PairFeatures {
  readonly name: string;
  readonly mutualTls: boolean;
  /** Share of traces that are sampled; spans go to a collector that is not there. */
  readonly sampling: number;
  /** Rules of an ALLOW policy before the one that matches; none = no policy. */
  readonly authorizationRules: number;
  /** Routes before the one that matches. */
  readonly routes: number;
  readonly accessLog: boolean;
}
/** What an ordinary sidecar of the mesh has on. */
export const FULL: PairFeatures = { name: 'Binnacle', mutualTls: true, sampling: 0.01, authorizationRules: 5, routes: 5, accessLog: false };

const PROCESS = fileURLToPath(new URL('proxy-process.ts', import.meta.url));
const DEAD_COLLECTOR = 'http://127.0.0.1:9/v1/traces';

/** Two of our sidecars, each in its own process, configured over ADS. */
export async function startOurPair(authority: TestAuthority, originPort: number, features: PairFeatures = FULL, nodeOptions: readonly string[] = []): Promise<Pair> {
  const control = new FakeControlPlane(authority);
  await control.start();
  const shared = { controlPlane: control.address, rootPem: authority.rootPem, samplingRatio: features.sampling, accessLog: features.accessLog, ...(features.sampling > 0 ? { otlpUrl: DEAD_COLLECTOR } : {}) };
  const server = await startSide({ ...shared, workload: 'web', appPort: originPort }, nodeOptions);
  const client = await startSide({ ...shared, workload: 'caller' }, nodeOptions);
  control.configure('web', { cluster: [inboundCluster('web', originPort)], listener: [inboundListener(server.ports.inbound, originPort, { mode: features.mutualTls ? 'STRICT' : 'PERMISSIVE', rbac: rules(features.authorizationRules) })] });
  const endpoint = features.mutualTls ? { port: server.ports.inbound, workload: 'web-v1' } : { port: server.ports.inbound };
  control.configure('caller', { cluster: [serviceCluster('web')], endpoint: [assignment(clusterName('web'), [endpoint])], listener: [outboundListener(client.ports.outbound)], route: [outboundRoutes({ web: [...others(features.routes), routeTo(clusterName('web'))] })] });
  await server.ready;
  await client.ready;
  const running: Running = together([client.running, server.running]);
  return {
    pids: running.pids,
    name: features.name,
    port: client.ports.outbound,
    stop: async () => {
      await running.stop();
      control.stop();
    },
  };
}

async function startSide(settings: ProxySettings, nodeOptions: readonly string[]): Promise<{ readonly running: Running; readonly ports: { readonly inbound: number; readonly outbound: number }; readonly ready: Promise<void> }> {
  const running = start(process.execPath, [...nodeOptions, PROCESS], { BENCH_PROXY: JSON.stringify(settings) });
  const ready = Promise.withResolvers<void>();
  const ports = await new Promise<{ inbound: number; outbound: number }>((resolve, reject) => {
    running.child.on('message', (message: unknown) => {
      if (message === 'ready') ready.resolve();
      // Safe because proxy-process.ts sends nothing else.
      else resolve((message as { ports: { inbound: number; outbound: number } }).ports);
    });
    running.child.once('exit', (code) => {
      const error = new Error(`a proxy ended with ${code}`);
      reject(error);
      ready.reject(error);
    });
  });
  ready.promise.catch(() => {});
  return { running, ports, ready: ready.promise };
}

function rules(count: number): RbacRules[] {
  if (count === 0) return [];
  const policies = Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const last = i === count - 1;
      const principalName = { exact: `spiffe://cluster.local/ns/test/sa/${last ? 'caller' : `other-${i}`}` };
      const permission = last ? { header: { name: ':method', stringMatch: { exact: 'GET' } } } : { urlPath: { path: { prefix: `/other-${i}/` } } };
      return [`ns[test]-policy[bench]-rule[${i}]`, { permissions: [permission], principals: [{ authenticated: { principalName } }] }];
    }),
  );
  return [{ action: 'ALLOW', policies }];
}

function others(count: number): Route[] {
  return Array.from({ length: count }, (_, i) => ({ ...routeTo(clusterName('web')), name: `other-${i}`, match: { prefix: `/other-${i}/`, headers: [{ name: 'x-variant', stringMatch: { exact: String(i) } }] } }));
}
