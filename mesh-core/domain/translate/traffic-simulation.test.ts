import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { parseAllDocuments } from 'yaml';
import { decideRoute } from '../decide/decide-route.ts';
import { selectVirtualHost } from '../decide/select-virtual-host.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aGatewayProxy, aSidecar } from './a-proxy.ts';
import type { MeshSnapshot } from './mesh-snapshot.ts';
import { buildPortRoutes } from './outbound-route-config.ts';
import { proxyContext } from './proxy-context.ts';
import { translateForProxy } from './translate-for-proxy.ts';

const CORPUS = new URL('../../../../shared/corpora/istio/traffic-simulation/', import.meta.url);
const skip = !existsSync(CORPUS);

interface GatewayCase {
  readonly id: string;
  readonly config: string;
  readonly kubeConfig?: string;
  readonly proxy: { readonly type: string };
  readonly calls: readonly { readonly name: string; readonly call: { readonly port: number; readonly protocol: string; readonly tls?: string; readonly hostHeader?: string; readonly path?: string }; readonly expect: Readonly<Record<string, unknown>> }[];
}
interface RouteCase {
  readonly id: string;
  readonly config: string;
  readonly routeConfig: string;
  readonly proxy: { readonly namespace: string };
  readonly expectVirtualHosts: Readonly<Record<string, readonly string[] | null>>;
}

test('a gateway sends the calls of Istio\'s traffic simulation where istiod would', { skip }, (t) => {
  let ran = 0;
  for (const { id, config, kubeConfig, proxy, calls } of read<GatewayCase>('calls.json')) {
    // Gateway API's own annotation and gateways found by their address are not part of this mesh.
    if (proxy.type !== 'router' || kubeConfig !== undefined || /gateway-service|disable-gateway-port-translation/.test(config)) continue;
    const snapshot = snapshotOf(config);
    for (const { name, call, expect } of calls) {
      if (call.protocol !== 'http' && expect['error'] !== 'no listener matched') continue;
      const seen = simulate(snapshot, call);
      const expected = Object.fromEntries(Object.entries(expect).filter(([field]) => field in seen));
      const got = Object.fromEntries(Object.entries(seen).filter(([field]) => field in expected));
      assert.deepEqual(got, expected, `${id}: ${name}`);
      ran += 1;
    }
  }
  t.diagnostic(`${ran} calls`);
  assert.ok(ran > 8);
});

test('VirtualServices take the hosts of a sidecar\'s port in istiod\'s order', { skip }, (t) => {
  let ran = 0;
  for (const { id, config, routeConfig, proxy, expectVirtualHosts } of read<RouteCase>('sidecar-routes.json')) {
    // HTTPRoute and Sidecar are not kinds of this mesh.
    if (id.startsWith('httproute') || config.includes('kind: Sidecar')) continue;
    const routes = buildPortRoutes(proxyContext(snapshotOf(config), aSidecar('ui', { namespace: proxy.namespace })), Number(routeConfig));
    for (const [host, clusters] of Object.entries(expectVirtualHosts)) {
      const found = routes.virtualHosts.find(({ name }) => name === `${host}:${routeConfig}`);
      const actual = found === undefined ? null : found.routes.flatMap(({ route }) => route?.cluster ?? route?.weightedClusters?.clusters.map(({ name }) => name) ?? []);
      assert.deepEqual(actual, clusters, `${id}: ${host}`);
      ran += 1;
    }
  }
  t.diagnostic(`${ran} virtual hosts`);
  assert.ok(ran > 10);
});

/** Listener → routes → virtual host → cluster, with the names and errors of Istio's simulation. */
function simulate(snapshot: MeshSnapshot, { port, hostHeader = '', path = '/', tls }: GatewayCase['calls'][number]['call']): Record<string, unknown> {
  const { listener, route } = translateForProxy(snapshot, aGatewayProxy());
  const bound = listener.find(({ address }) => address.socketAddress.portValue === port);
  if (bound === undefined) return { error: 'no listener matched' };
  const config = bound.filterChains[0]?.filters[0]?.typedConfig as { rds?: { routeConfigName: string } } | undefined;
  const routes = route.find(({ name }) => name === config?.rds?.routeConfigName);
  assert.ok(routes);
  // Every listener of this mesh is on loopback, where istiod's are on all addresses.
  const matched = { listenerMatched: `0.0.0.0_${port}`, routeConfigMatched: routes.name };
  const virtualHost = selectVirtualHost(routes, hostHeader);
  if (virtualHost === undefined) return { ...matched, error: 'no virtual host matched' };
  const outcome = decideRoute(routes, { method: 'GET', path, authority: hostHeader, headers: {}, scheme: tls === 'tls' ? 'https' : 'http' }, 0);
  const host = { ...matched, virtualHostMatched: virtualHost.name };
  if (outcome.kind === 'redirect') return { ...host, error: 'tls required, sending 301' };
  return outcome.kind === 'cluster' ? { ...host, clusterMatched: outcome.cluster.replace('.svc.cluster.local', '') } : { ...host, error: 'no route matched' };
}

function snapshotOf(config: string): MeshSnapshot {
  const objects = parseAllDocuments(config).flatMap((document) => (document.toJS() as KubeObject | null) ?? []);
  return aSnapshot(...objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? 'default' } })));
}

function read<T>(file: string): readonly T[] {
  return (JSON.parse(readFileSync(new URL(file, CORPUS), 'utf8')) as { cases: readonly T[] }).cases;
}
