import assert from 'node:assert/strict';

import { simulateConnection } from '../../domain/decide/simulate-call.ts';
import type { ConnectionOutcome, SimulatedConnection } from '../../domain/decide/simulate-call.ts';
import type { MeshSnapshot, ProxyNode } from '../../domain/translate/mesh-snapshot.ts';
import { translateForProxy } from '../../domain/translate/translate-for-proxy.ts';
import { judge, readCases } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';
import { snapshotOfText } from './snapshot-of-text.ts';

interface SimulationCase {
  readonly id: string;
  readonly config: string;
  readonly kubeConfig?: string;
  readonly proxy: { readonly type: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly calls: readonly SimulatedCall[];
}
interface SimulatedCall {
  readonly name: string;
  readonly call: {
    readonly port: number;
    readonly protocol?: string;
    readonly tls?: string;
    readonly alpn?: string;
    readonly address?: string;
    readonly path?: string;
    readonly hostHeader?: string;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly sni?: string;
    readonly mode?: string;
  };
  readonly expect: Readonly<Record<string, unknown>>;
}

/** Where Istio's tests put the proxy, and where a call goes that names no address. */
const PROXY_ADDRESS = '1.1.1.1';
const SOME_ADDRESS = '1.3.3.7';
const TLS_MODES: ReadonlySet<string> = new Set(['plaintext', 'tls', 'mtls']);
const FIELDS = ['listenerMatched', 'filterChainMatched', 'routeConfigMatched', 'virtualHostMatched', 'routeMatched', 'clusterMatched', 'error'] as const;

/** Calls through a proxy's whole configuration: listener, filter chain, virtual host, route, cluster, or the error. */
export const simulatedCalls: ConformanceSet = {
  name: 'traffic-simulation/calls',
  needs: 'traffic-simulation/calls.json',
  run: (dir) => {
    const calls = readCases<SimulationCase>(dir, 'traffic-simulation/calls.json').flatMap((item) => {
      const configuration = translateForProxy(snapshotOf(item), nodeOf(item));
      return item.calls.map((call) => ({ item, call, configuration }));
    });
    return judge(calls, ({ item, call }) => `${item.id}: ${call.name}`, ({ call, configuration }) => {
      const seen = namesOf(simulateConnection(configuration, connectionOf(call)));
      // Only what the test names is compared, unless it says that the rest is empty.
      const expected = Object.fromEntries(FIELDS.flatMap((field) => (call.expect[field] === undefined && call.expect['strictMatch'] !== true && field !== 'error' ? [] : [[field, call.expect[field] ?? '']])));
      const got = Object.fromEntries(Object.keys(expected).map((field) => [field, asInTests(seen[field] ?? '', String(expected[field] ?? ''))]));
      assert.deepEqual(got, expected);
      return undefined;
    });
  },
};

function snapshotOf({ config, kubeConfig }: SimulationCase): MeshSnapshot {
  const snapshot = snapshotOfText(kubeConfig === undefined ? config : `${config}\n---\n${kubeConfig}`);
  return { ...snapshot, mesh: { ...snapshot.mesh, outboundTrafficPolicy: 'ALLOW_ANY' } };
}

function nodeOf({ proxy: { type, namespace = 'default', labels = {} } }: SimulationCase): ProxyNode {
  return { id: `${type}~${PROXY_ADDRESS}~app.${namespace}~${namespace}.svc.cluster.local`, type: type === 'router' ? 'router' : 'sidecar', namespace, workload: 'app', serviceAccount: 'default', labels, address: PROXY_ADDRESS, interception: 'REDIRECT' };
}

function connectionOf({ name, call }: SimulatedCall): SimulatedConnection {
  const { tls, protocol, ...lost } = isWhole(call.tls) ? { tls: call.tls ?? 'plaintext', protocol: call.protocol ?? 'tcp' } : fromName(name);
  return {
    mode: call.mode === 'inbound' ? 'inbound' : call.mode === 'gateway' ? 'direct' : 'outbound',
    address: call.address ?? SOME_ADDRESS,
    port: call.port,
    protocol: protocol === 'http' || protocol === 'http2' ? protocol : 'tcp',
    tls: tls === 'tls' || tls === 'mtls' ? tls : 'plaintext',
    ...(call.alpn === undefined || call.alpn === '' ? undefined : { alpn: call.alpn }),
    ...(call.sni === undefined || call.sni === '' ? undefined : { sni: call.sni }),
    ...(call.path === undefined || call.path === '' ? undefined : { path: call.path }),
    ...(call.hostHeader === undefined ? undefined : { host: call.hostHeader }),
    ...(call.headers === undefined ? undefined : { headers: call.headers }),
    ...lost,
  };
}

function isWhole(tls: string | undefined): boolean {
  return tls === undefined || tls === '' || TLS_MODES.has(tls);
}

/**
 * A few calls of the corpus have another parameter of Istio's test helper where the TLS mode should be; their names say
 * which calls they are ("tcp over mtls"). The certificate that such mutual TLS is meant for was lost as well: the server's.
 */
function fromName(name: string): { readonly tls: string; readonly protocol: string; readonly serverCertificate?: string } {
  const [, protocol = 'tcp', tls = 'plaintext'] = /^(?:(tcp|http2?) over )?(mtls|tls|plaintext)/.exec(name) ?? [];
  return { protocol, tls, serverCertificate: 'file-cert:httpbin.pem~httpbinkey.pem' };
}

function namesOf(outcome: ConnectionOutcome): Readonly<Record<string, string | undefined>> {
  return {
    listenerMatched: outcome.listener?.name,
    filterChainMatched: outcome.filterChain?.name,
    routeConfigMatched: outcome.routeName,
    virtualHostMatched: outcome.virtualHost?.name,
    routeMatched: outcome.route?.name,
    clusterMatched: outcome.cluster,
    error: outcome.error,
  };
}

/** Without a cluster, Istio's tests complete short names by the namespace only. */
function asInTests(name: string, expected: string): string {
  return expected.includes('.svc.cluster.local') ? name : name.replaceAll('.svc.cluster.local', '');
}
