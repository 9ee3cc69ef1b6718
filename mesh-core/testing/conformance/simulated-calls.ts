import assert from 'node:assert/strict';

import { decideRoute } from '../../domain/decide/decide-route.ts';
import { selectVirtualHost } from '../../domain/decide/select-virtual-host.ts';
import { aGatewayProxy } from '../../domain/translate/a-proxy.ts';
import type { MeshSnapshot } from '../../domain/translate/mesh-snapshot.ts';
import { translateForProxy } from '../../domain/translate/translate-for-proxy.ts';
import { judge, readCases } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';
import { snapshotOfText } from './snapshot-of-text.ts';

interface SimulationCase {
  readonly id: string;
  readonly config: string;
  readonly kubeConfig?: string;
  readonly proxy: { readonly type: string };
  readonly calls: readonly SimulatedCall[];
}
interface SimulatedCall {
  readonly name: string;
  readonly call: { readonly port: number; readonly protocol: string; readonly tls?: string; readonly hostHeader?: string; readonly path?: string };
  readonly expect: Readonly<Record<string, unknown>>;
}

/** Calls through a proxy's whole configuration: listener, filter chain, virtual host, route, cluster, or the error. */
export const simulatedCalls: ConformanceSet = {
  name: 'traffic-simulation/calls',
  needs: 'traffic-simulation/calls.json',
  run: (dir) => {
    const calls = readCases<SimulationCase>(dir, 'traffic-simulation/calls.json').flatMap((item) => item.calls.map((call) => ({ item, call })));
    return judge(calls, ({ item, call }) => `${item.id}: ${call.name}`, ({ item, call: { call, expect } }) => {
      if (item.proxy.type !== 'router' || item.kubeConfig !== undefined) return 'only gateways are simulated yet';
      if (call.protocol !== 'http' && expect['error'] !== 'no listener matched') return 'only HTTP is simulated yet';
      const seen = simulate(snapshotOfText(item.config), call);
      const expected = Object.fromEntries(Object.entries(expect).filter(([field]) => field in seen));
      const got = Object.fromEntries(Object.entries(seen).filter(([field]) => field in expected));
      assert.deepEqual(got, expected);
      return undefined;
    });
  },
};

/** Listener → routes → virtual host → cluster, with the names and errors of Istio's simulation. */
function simulate(snapshot: MeshSnapshot, { port, hostHeader = '', path = '/', tls }: SimulatedCall['call']): Record<string, unknown> {
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
