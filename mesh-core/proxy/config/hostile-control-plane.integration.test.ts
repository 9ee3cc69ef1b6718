import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { Listener, ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { encodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import { call, eventually, TestMesh } from '../testing/mesh-harness.ts';
import { assignment, clusterName, outboundListener, outboundRoutes, routeTo, serviceCluster } from '../testing/mesh-resources.ts';
import type { TestProxy } from '../testing/mesh-harness.ts';

let mesh: TestMesh;
const proxies: TestProxy[] = [];

before(async () => {
  mesh = await TestMesh.start();
  const app = await mesh.app((_request, response) => response.end('good'));
  for (const xds of ['delta', 'sotw'] as const) proxies.push(await mesh.client(`caller-${xds}-v1`, [{ port: app.port }], { xds }));
});
after(() => mesh.close());

const CLUSTER = clusterName('web');
const raw = (type: ResourceType, value: Uint8Array, typeUrl: string = TYPE_URLS[type]) => ({ resource: { typeUrl, value } });
const cluster = (fields: object): Uint8Array => encodeResource(TYPE_URLS.cluster, { ...serviceCluster('web'), ...fields });

/** What a hostile or broken control plane may send, and how the refusal begins to say why. */
function attacks(port: number): [string, ResourceType, string, { resource: { typeUrl: string; value: Uint8Array } }, RegExp][] {
  const listener: Listener = outboundListener(port);
  const manager = listener.filterChains[0]?.filters[0];
  const withFilter = (filter: object): Uint8Array => encodeResource(TYPE_URLS.listener, { ...listener, filterChains: [{ filters: [{ ...manager, typedConfig: { ...manager?.typedConfig, httpFilters: [filter, { name: 'envoy.filters.http.router', typedConfig: { '@type': TYPE_URLS.router } }] } }] }] });
  return [
    ['garbage bytes', 'cluster', CLUSTER, raw('cluster', Buffer.from('ffffffffff0102', 'hex')), /cannot decode/],
    ['a resource of another type', 'cluster', CLUSTER, raw('cluster', encodeResource(TYPE_URLS.listener, listener), TYPE_URLS.listener), /holds a type\.googleapis\.com\/envoy\.config\.listener/],
    ['a type nobody knows', 'listener', listener.name, raw('listener', Buffer.from('x'), 'type.googleapis.com/evil.Thing'), /holds a type\.googleapis\.com\/evil\.Thing/],
    ['an unknown type of cluster', 'cluster', CLUSTER, raw('cluster', cluster({ type: undefined, clusterType: { name: 'evil' } })), /unsupported cluster type evil/],
    ['an unknown filter', 'listener', listener.name, raw('listener', withFilter({ name: 'evil', typedConfig: { '@type': TYPE_URLS.uriTemplateMatch } })), /evil/],
    ['a listener without chains', 'listener', listener.name, raw('listener', encodeResource(TYPE_URLS.listener, { ...listener, filterChains: [] })), /filter chain/],
    ['a resource without a name', 'cluster', '', raw('cluster', cluster({ name: '' })), /without a name/],
    ['a key that is no key', 'secret', 'kubernetes://x', raw('secret', encodeResource(TYPE_URLS.secret, { name: 'kubernetes://x', tlsCertificate: { certificateChain: { inlineString: 'no' }, privateKey: { inlineString: 'no' } } })), /TLS cannot use it/],
    ['an endpoint without an address', 'endpoint', CLUSTER, raw('endpoint', encodeResource(TYPE_URLS.endpoint, { clusterName: CLUSTER, endpoints: [{ lbEndpoints: [{}] }] })), /socket address/],
    ['one domain in two virtual hosts', 'route', 'http_proxy', raw('route', encodeResource(TYPE_URLS.route, { name: 'http_proxy', virtualHosts: ['a', 'b'].map((name) => ({ name, domains: ['web'], routes: [routeTo(CLUSTER)] })) })), /more than one virtual host/],
  ];
}

test('whatever the control plane sends, the last good configuration stays in force and the refusal says why', async (t) => {
  for (const proxy of proxies) {
    for (const [what, type, name, { resource }, reason] of attacks(proxy.ports.outbound)) {
      await t.test(`${proxy.workload}: ${what}`, async () => {
        const before = mesh.control.refusals.length;
        mesh.control.sendRaw(proxy.workload, type, [{ name, resource }]);
        const refusal = await eventually(() => mesh.control.refusals.slice(before).find(({ workload }) => workload === proxy.workload), 'the refusal');
        assert.equal(refusal.type, type);
        assert.match(refusal.message, reason);
        assert.equal((await call(proxy.ports.outbound)).body, 'good');
      });
    }
  }
});

test('references to nothing are served as such, and what comes next is taken', async () => {
  for (const proxy of proxies) {
    mesh.control.configure(proxy.workload, { route: [outboundRoutes({ web: [routeTo(clusterName('nowhere'))] })] });
    await eventually(async () => ((await call(proxy.ports.outbound)).status === 503 ? true : undefined), 'the missing cluster to be answered for');
    mesh.control.configure(proxy.workload, { route: [outboundRoutes({ web: [routeTo(CLUSTER)] })] });
    await eventually(async () => ((await call(proxy.ports.outbound)).body === 'good' ? true : undefined), 'the good routes to be back');
  }
});

test('a cluster that grows huge is taken, and taken away again', async () => {
  for (const proxy of proxies) {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ port: 1 + (i % 60_000) }));
    mesh.control.configure(proxy.workload, { cluster: [serviceCluster('web'), serviceCluster('huge')], endpoint: [assignment(clusterName('huge'), many)] });
    assert.equal((await call(proxy.ports.outbound)).body, 'good');
    mesh.control.configure(proxy.workload, { cluster: [serviceCluster('web')] });
    assert.equal((await call(proxy.ports.outbound)).body, 'good');
  }
});
