import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../kube-object.ts';
import { KIALI_CODES } from './codes.ts';
import { kialiChecks, type KialiOptions } from './kiali-checks.ts';

type Fields = Readonly<Record<string, unknown>>;
const GROUPS: Readonly<Record<string, string>> = {
  VirtualService: 'networking.istio.io/v1', DestinationRule: 'networking.istio.io/v1', Gateway: 'networking.istio.io/v1', ServiceEntry: 'networking.istio.io/v1', Sidecar: 'networking.istio.io/v1', WorkloadEntry: 'networking.istio.io/v1', WorkloadGroup: 'networking.istio.io/v1',
  AuthorizationPolicy: 'security.istio.io/v1', PeerAuthentication: 'security.istio.io/v1', RequestAuthentication: 'security.istio.io/v1', Telemetry: 'telemetry.istio.io/v1', WasmPlugin: 'extensions.istio.io/v1alpha1',
  K8sGateway: 'gateway.networking.k8s.io/v1', GatewayClass: 'gateway.networking.k8s.io/v1', HTTPRoute: 'gateway.networking.k8s.io/v1', ReferenceGrant: 'gateway.networking.k8s.io/v1', Deployment: 'apps/v1',
};
const object = (kind: string, where: string, spec?: Fields, more: Fields = {}): KubeObject => {
  const [namespace, name = ''] = where.includes('/') ? where.split('/') : [undefined, where];
  const { labels, annotations, ...rest } = more;
  return { apiVersion: GROUPS[kind] ?? 'v1', kind: kind === 'K8sGateway' ? 'Gateway' : kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) }, ...(spec === undefined ? {} : { spec }), ...rest } as KubeObject;
};
const ns = (name: string, labels: Fields = {}): KubeObject => object('Namespace', name, undefined, { labels });
const pod = (where: string, labels: Fields, spec: Fields = {}, more: Fields = {}): KubeObject => object('Pod', where, spec, { labels, ...more });
const vs = (spec: Fields, where = 'shop/v'): KubeObject => object('VirtualService', where, spec);
const dr = (spec: Fields, where = 'shop/d'): KubeObject => object('DestinationRule', where, spec);
const ap = (spec: Fields, where = 'shop/a'): KubeObject => object('AuthorizationPolicy', where, spec);
const pa = (mode: string, where = 'shop/default', more: Fields = {}): KubeObject => object('PeerAuthentication', where, { mtls: { mode }, ...more });
const tls = (host: string, mode: string, where = 'shop/d'): KubeObject => dr({ host, trafficPolicy: { tls: { mode } } }, where);
const SIDECAR = { containers: [{ name: 'istio-proxy' }], serviceAccountName: 'web' };
const BASE = [
  ns('shop'), ns('istio-system'), ns('other'),
  object('Service', 'shop/web', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] }),
  object('Service', 'other/api', { selector: { app: 'api' }, ports: [{ name: 'http', port: 80 }] }),
  pod('shop/web-1', { app: 'web', version: 'v1' }, SIDECAR), pod('other/api-1', { app: 'api' }, { ...SIDECAR, serviceAccountName: 'api' }),
  object('GatewayClass', 'istio', { controllerName: 'istio.io/gateway-controller' }),
];
const NO_AUTO: Partial<KialiOptions> = { autoMutualTls: false };
const AMBIENT = { 'istio.io/dataplane-mode': 'ambient' };
const inAmbient = (...more: readonly KubeObject[]): readonly KubeObject[] => [...BASE.filter(({ kind, metadata }) => !(kind === 'Namespace' && metadata.name === 'shop')), ns('shop', AMBIENT), ...more];
const withWaypoint = (...more: readonly KubeObject[]): readonly KubeObject[] => [...BASE.filter(({ kind, metadata }) => !(kind === 'Namespace' && metadata.name === 'shop')), ns('shop', { ...AMBIENT, 'istio.io/use-waypoint': 'wp' }), object('K8sGateway', 'shop/wp', { gatewayClassName: 'istio' }), ...more];
const route = (destination: Fields, weight?: number): Fields => ({ hosts: ['web'], http: [{ route: [{ destination, ...(weight === undefined ? {} : { weight }) }] }] });
const HTTP_POLICY = { rules: [{ to: [{ operation: { paths: ['/x'] } }] }] };
const WEB_REF = { targetRefs: [{ kind: 'Service', group: '', name: 'web' }] };
const gw = (hosts: string[], where = 'shop/g', selector: Fields = { app: 'web' }): KubeObject => object('Gateway', where, { selector, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts }] });
const kgw = (spec: Fields, where = 'shop/kg'): KubeObject => object('K8sGateway', where, { gatewayClassName: 'istio', ...spec });
const listener = (name: string, more: Fields = {}): Fields => ({ name, hostname: 'a.com', port: 80, protocol: 'HTTP', ...more });
const http = (spec: Fields, where = 'shop/r'): KubeObject => object('HTTPRoute', where, spec);
const group = (where: string, spec: Fields): KubeObject => object('WorkloadGroup', where, spec);
const svc = (ports: readonly Fields[]): KubeObject => object('Service', 'shop/s', { selector: { app: 'web' }, ports });
const deployment = (port: number): KubeObject => object('Deployment', 'shop/web', { template: { spec: { containers: [{ ports: [{ containerPort: port }] }] } } }, { labels: { app: 'web' } });
const entry = (where: string, protocol: string): KubeObject => object('ServiceEntry', where, { hosts: ['a.com'], ports: [{ number: 80, name: 'p', protocol }] });

/** Code → objects that have it, objects that have not, and settings for both. */
const CASES: readonly (readonly [string, readonly KubeObject[], readonly KubeObject[], Partial<KialiOptions>?])[] = [
  ['KIA0002', [pa('STRICT'), pa('STRICT', 'shop/second')], [pa('STRICT'), pa('STRICT', 'other/second')]],
  ['KIA0003', [pa('STRICT', 'shop/x', { selector: { matchLabels: { app: 'web' } } }), pa('STRICT', 'shop/y', { selector: { matchLabels: { version: 'v1' } } })], [pa('STRICT', 'shop/x', { selector: { matchLabels: { app: 'web' } } }), pa('STRICT', 'shop/y', { selector: { matchLabels: { app: 'api' } } })]],
  ['KIA0004', [ap({ selector: { matchLabels: { app: 'api' } } })], [ap({ selector: { matchLabels: { app: 'api' } } }, 'istio-system/a')]],
  ['KIA0005', [vs({ hosts: ['web'], exportTo: ['nowhere'] })], [vs({ hosts: ['web'], exportTo: ['other', '.'] })]],
  ['KIA0101', [ap({ rules: [{ from: [{ source: { namespaces: ['shpo'] } }] }] })], [ap({ rules: [{ from: [{ source: { namespaces: ['sh*', 'other'] } }] }] })]],
  ['KIA0102', [ap({ rules: [{ to: [{ operation: { methods: ['FETCH'] } }] }] })], [ap({ rules: [{ to: [{ operation: { methods: ['GET', 'P*', '*'] } }] }] })]],
  ['KIA0104', [ap({ rules: [{ to: [{ operation: { hosts: ['gone', 'gone.other'] } }] }] })], [ap({ rules: [{ to: [{ operation: { hosts: ['web', 'web.shop', 'api.other', '*.com', 'my.host', 'a.b.c'] } }] }] })]],
  ['KIA0105', [ap({ rules: [{ from: [{ source: { principals: ['*'] } }] }] }), pa('DISABLE')], [ap({ rules: [{ from: [{ source: { principals: ['*'] } }] }] }), pa('PERMISSIVE')]],
  ['KIA0106', [ap({ rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/wbe'] } }] }] })], [ap({ rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/web', '*/sa/api', '*'] } }] }] })]],
  ['KIA0108', [ap({ rules: [{ from: [{ source: { principals: ['east.local/ns/shop/sa/web'] } }] }] })], [ap({ rules: [{ from: [{ source: { principals: ['west.local/ns/shop/sa/web'] } }] }] })], { trustDomainAliases: ['west.local'] }],
  ['KIA0109', inAmbient(ap({ ...HTTP_POLICY, ...WEB_REF })), withWaypoint(ap({ ...HTTP_POLICY, ...WEB_REF }))],
  ['KIA0110', inAmbient(ap(HTTP_POLICY)), inAmbient(ap({ ...HTTP_POLICY, ...WEB_REF }))],
  ['KIA0201', [dr({ host: 'web' }), dr({ host: 'web.shop', subsets: [{ name: 'v1', labels: { version: 'v1' } }] }, 'shop/e')], [dr({ host: 'web' }), dr({ host: 'api' }, 'other/e'), tls('*.shop.svc.cluster.local', 'ISTIO_MUTUAL', 'shop/wide')]],
  ['KIA0202', [dr({ host: 'wbe' })], [dr({ host: 'web' }), dr({ host: '*.shop.svc.cluster.local' }, 'shop/e'), dr({ host: 'api.other' }, 'shop/f')]],
  ['KIA0203', [dr({ host: 'web', subsets: [{ name: 'v9', labels: { version: 'v9' } }] })], [dr({ host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1' } }] })]],
  ['KIA0204', [dr({ host: 'web' }), tls('*.shop.svc.cluster.local', 'ISTIO_MUTUAL', 'shop/wide')], [tls('web', 'SIMPLE'), tls('*.shop.svc.cluster.local', 'ISTIO_MUTUAL', 'shop/wide')]],
  ['KIA0205', [tls('*.local', 'ISTIO_MUTUAL')], [tls('*.local', 'ISTIO_MUTUAL'), pa('STRICT', 'istio-system/default')], NO_AUTO],
  ['KIA0206', [tls('*.shop.svc.cluster.local', 'ISTIO_MUTUAL')], [tls('*.shop.svc.cluster.local', 'ISTIO_MUTUAL'), pa('PERMISSIVE')], NO_AUTO],
  ['KIA0207', [tls('*.shop.svc.cluster.local', 'DISABLE'), pa('STRICT')], [tls('*.shop.svc.cluster.local', 'DISABLE'), pa('PERMISSIVE')]],
  ['KIA0208', [tls('*.local', 'DISABLE'), pa('STRICT', 'istio-system/default')], [tls('*.local', 'DISABLE'), pa('PERMISSIVE', 'istio-system/default')]],
  ['KIA0209', [dr({ host: 'web', subsets: [{ name: 'all' }] })], [dr({ host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1' } }] })]],
  ['KIA0210', inAmbient(dr({ host: 'a.com', trafficPolicy: { outlierDetection: {} } })), withWaypoint(dr({ host: 'a.com', trafficPolicy: { outlierDetection: {} } }))],
  ['KIA0211', inAmbient(dr({ host: 'web', trafficPolicy: { outlierDetection: {} } })), withWaypoint(dr({ host: 'web', trafficPolicy: { outlierDetection: {} } }))],
  ['KIA0212', withWaypoint(dr({ host: 'web.shop', trafficPolicy: { connectionPool: { http: {} } } }, 'other/d')), withWaypoint(dr({ host: 'web', trafficPolicy: { connectionPool: { tcp: {} } } }))],
  ['KIA0301', [gw(['a.com']), gw(['*.com'], 'other/h')], [gw(['a.com']), gw(['b.com'], 'other/h'), gw(['a.com'], 'shop/i', { app: 'api' })]],
  ['KIA0302', [gw(['a.com'], 'shop/g', { istio: 'gone' })], [gw(['a.com'])]],
  ['KIA0401', [pa('STRICT', 'istio-system/default')], [pa('STRICT', 'istio-system/default'), tls('*.local', 'ISTIO_MUTUAL')], NO_AUTO],
  ['KIA0501', [pa('STRICT')], [pa('STRICT'), tls('*.shop.svc.cluster.local', 'ISTIO_MUTUAL')], NO_AUTO],
  ['KIA0505', [pa('DISABLE'), tls('*.shop.svc.cluster.local', 'ISTIO_MUTUAL')], [pa('DISABLE'), tls('*.shop.svc.cluster.local', 'DISABLE')]],
  ['KIA0506', [pa('DISABLE', 'istio-system/default'), tls('*.local', 'MUTUAL')], [pa('DISABLE', 'istio-system/default'), tls('*.local', 'DISABLE')]],
  ['KIA0601', [svc([{ name: 'web', port: 80 }])], [svc([{ name: 'http-web', port: 80 }, { name: 'dns', port: 53, protocol: 'UDP' }])]],
  ['KIA0602', [svc([{ name: 'x', port: 80, appProtocol: 'htp' }])], [svc([{ name: 'x', port: 80, appProtocol: 'kubernetes.io/h2c' }])]],
  ['KIA0701', [svc([{ name: 'http', port: 80 }]), deployment(81)], [svc([{ name: 'http', port: 81, targetPort: 80 }, { name: 'http-more', port: 80 }]), deployment(80)]],
  ['KIA1004', [object('Sidecar', 'shop/default', { egress: [{ hosts: ['./wbe.shop.svc.cluster.local'] }] })], [object('Sidecar', 'shop/default', { egress: [{ hosts: ['*/*', './web.shop.svc.cluster.local', 'other/*'] }] })]],
  ['KIA1006', [object('Sidecar', 'istio-system/default', { workloadSelector: { labels: { app: 'web' } } })], [object('Sidecar', 'shop/x', { workloadSelector: { labels: { app: 'web' } } })]],
  ['KIA1007', [object('Sidecar', 'shop/x', { outboundTrafficPolicy: {} })], [object('Sidecar', 'shop/x', { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } })]],
  ['KIA1101', [vs(route({ host: 'wbe' }))], [vs(route({ host: 'web' })), entry('shop/e', 'HTTP'), vs(route({ host: 'a.com' }), 'shop/w')]],
  ['KIA1102', [vs({ hosts: ['web'], gateways: ['gone'] })], [vs({ hosts: ['web'], gateways: ['g', 'shop/g', 'mesh'] }), gw(['a.com'])]],
  ['KIA1104', [vs(route({ host: 'web' }, 50))], [vs(route({ host: 'web' }, 100))]],
  ['KIA1105', [vs({ hosts: ['web'], http: [{ route: [{ destination: { host: 'web' }, weight: 1 }, { destination: { host: 'web.shop' }, weight: 1 }] }] })], [vs({ hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }, { destination: { host: 'api.other' } }] }] })]],
  ['KIA1106', [vs({ hosts: ['web'] }), vs({ hosts: ['web.shop.svc.cluster.local'] }, 'other/v')], [vs({ hosts: ['web'] }), vs({ hosts: ['web'], gateways: ['g'] }, 'shop/w')]],
  ['KIA1107', [vs(route({ host: 'web', subset: 'v2' })), dr({ host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1' } }] })], [vs(route({ host: 'web', subset: 'v1' })), dr({ host: '*.shop.svc.cluster.local', subsets: [{ name: 'v1', labels: { version: 'v1' } }] })]],
  ['KIA1108', [vs({ hosts: ['web'], gateways: ['g.shop.svc.cluster.local'] }), gw(['a.com'])], [vs({ hosts: ['web'], gateways: ['shop/g'] }), gw(['a.com'])]],
  ['KIA1109', inAmbient(vs({ hosts: ['a.com'], http: [{}] })), withWaypoint(vs({ hosts: ['a.com'], http: [{}] }))],
  ['KIA1110', inAmbient(object('RequestAuthentication', 'shop/r', WEB_REF)), withWaypoint(object('RequestAuthentication', 'shop/r', WEB_REF))],
  ['KIA1111', inAmbient(object('WasmPlugin', 'shop/w', WEB_REF)), withWaypoint(object('WasmPlugin', 'shop/w', WEB_REF))],
  ['KIA1112', inAmbient(object('Telemetry', 'shop/t', { ...WEB_REF, tracing: [{}] })), inAmbient(object('Telemetry', 'shop/t', { ...WEB_REF, metrics: [{}] }))],
  ['KIA1113', inAmbient(vs({ hosts: ['web'], http: [{}] })), inAmbient(vs({ hosts: ['web'], tcp: [{}] }))],
  ['KIA1114', withWaypoint(vs({ hosts: ['web.shop'], http: [{}] }, 'other/v')), withWaypoint(vs({ hosts: ['web'], http: [{}] }))],
  ['KIA1115', inAmbient(object('RequestAuthentication', 'shop/r', {})), inAmbient(object('RequestAuthentication', 'shop/r', WEB_REF))],
  ['KIA1116', inAmbient(object('WasmPlugin', 'shop/w', {})), inAmbient(object('WasmPlugin', 'shop/w', WEB_REF))],
  ['KIA1117', inAmbient(object('Telemetry', 'shop/t', { accessLogging: [{}] })), [object('Telemetry', 'shop/t', { accessLogging: [{}] })]],
  ['KIA1211', [entry('shop/e', 'HTTP'), entry('other/e', 'HTTP')], [entry('shop/e', 'HTTP'), object('ServiceEntry', 'other/e', { hosts: ['a.com'], ports: [{ number: 81, name: 'p' }] })]],
  ['KIA1212', [entry('shop/e', 'HTTP'), entry('other/e', 'TCP')], [entry('shop/e', 'HTTP'), entry('other/e', 'http')]],
  ['KIA1301', [], [ap({}, 'istio-system/a')], { ignored: [] }],
  ['KIA1311', [ns('amb', { ...AMBIENT, 'istio-injection': 'enabled' }), pod('amb/p', { app: 'x' })], [ns('amb', AMBIENT), pod('amb/p', { app: 'x' })]],
  ['KIA1312', [pod('shop/p', { 'istio.io/use-waypoint': 'wp' }), object('K8sGateway', 'shop/wp', { gatewayClassName: 'istio' })], withWaypoint(pod('shop/p', { app: 'x' }))],
  ['KIA1313', inAmbient(pod('shop/p', { 'istio.io/use-waypoint': 'gone' })), withWaypoint(pod('shop/p', { app: 'x' }))],
  ['KIA1314', [ns('inj', { 'istio-injection': 'enabled' }), pod('inj/p', {}, {}, { annotations: { 'ambient.istio.io/redirection': 'enabled' } })], [ns('inj', { 'istio-injection': 'enabled' }), pod('inj/p', {}, SIDECAR)]],
  ['KIA1315', [pod('shop/p', AMBIENT, SIDECAR)], [pod('shop/p', AMBIENT)]],
  ['KIA1316', [ns('amb', AMBIENT), pod('amb/p', {}, SIDECAR)], [pod('shop/p', {}, SIDECAR)]],
  ['KIA1317', inAmbient(ap(HTTP_POLICY)), withWaypoint(ap(HTTP_POLICY))],
  ['KIA1401', [http({ parentRefs: [{ name: 'kgg' }] }), kgw({})], [http({ parentRefs: [{ name: 'kg' }] }), kgw({}), http({ parentRefs: [{ name: 'kg', namespace: 'shop' }] }, 'other/r'), kgw({ listeners: [listener('l', { allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } } } })] })]],
  ['KIA1402', [http({ rules: [{ backendRefs: [{ name: 'wbe', port: 80 }, { name: 'api', namespace: 'other', port: 80 }] }] })], [http({ rules: [{ backendRefs: [{ name: 'web', port: 80 }, { name: 'api', namespace: 'other', port: 80 }] }] }), object('ReferenceGrant', 'other/g', { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }], to: [{ group: '', kind: 'Service' }] })]],
  ['KIA1501', [kgw({ listeners: [listener('l')] }), kgw({ listeners: [listener('m')] }, 'other/kg')], [kgw({ listeners: [listener('l')] }), kgw({ listeners: [listener('m', { port: 81 })] }, 'other/kg')]],
  ['KIA1502', [kgw({ addresses: [{ type: 'IPAddress', value: '1.2.3.4' }] }), kgw({ addresses: [{ type: 'IPAddress', value: '1.2.3.4' }] }, 'other/kg')], [kgw({ addresses: [{ type: 'IPAddress', value: '1.2.3.4' }] }), kgw({ addresses: [{ type: 'Hostname', value: '1.2.3.4' }] }, 'other/kg')]],
  ['KIA1503', [kgw({ listeners: [listener('l'), listener('m')] })], [kgw({ listeners: [listener('l'), listener('m', { hostname: 'b.com' })] })]],
  ['KIA1504', [kgw({ gatewayClassName: 'isto' })], [kgw({})]],
  ['KIA1601', [object('ReferenceGrant', 'shop/g', { from: [{ group: '', kind: 'HTTPRoute', namespace: 'othr' }], to: [] })], [object('ReferenceGrant', 'shop/g', { from: [{ group: '', kind: 'HTTPRoute', namespace: 'other' }], to: [] })]],
  ['KIA1701', [group('shop/g', { template: { serviceAccount: 'gone' } })], [group('shop/g', { template: { serviceAccount: 'web' } })]],
  ['KIA1702', [group('shop/g', { metadata: { labels: { a: 'b' } } }), group('shop/h', { metadata: { labels: { a: 'b' } } })], [group('shop/g', { metadata: { labels: { a: 'b' } } }), group('other/h', { metadata: { labels: { a: 'b' } } })]],
];

const codesOf = (objects: readonly KubeObject[], options: Partial<KialiOptions> = {}): string[] => kialiChecks(objects.some(({ kind }) => kind === 'GatewayClass') ? objects : [...BASE, ...objects], { now: 0, ...options }).map(({ code }) => code);

for (const [code, having, lacking, options] of CASES) {
  test(`${code} is told of what has it, and not of what has not`, () => {
    assert.ok(codesOf(having, options).includes(code), `told: ${codesOf(having, options).join(', ')}`);
    const quiet = kialiChecks(lacking.some(({ kind }) => kind === 'GatewayClass') ? lacking : [...BASE, ...lacking], { now: 0, ...options }).filter((message) => message.code === code);
    assert.deepEqual(quiet, []);
  });
}

test('every code has a case, but for the one that takes several clusters', () => {
  const tested = new Set(CASES.map(([code]) => code));
  assert.deepEqual(KIALI_CODES.filter((code) => !tested.has(code)), ['KIA0107']);
  assert.equal(KIALI_CODES.length, 72);
});

test('a plain mesh has nothing to tell', () => {
  assert.deepEqual(codesOf([vs(route({ host: 'web', subset: 'v1' })), dr({ host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1' } }] }), pa('STRICT', 'istio-system/default'), ap({ selector: { matchLabels: { app: 'web' } }, rules: [{ from: [{ source: { principals: ['cluster.local/ns/other/sa/api'] } }] }] })]), []);
});

test('missing hosts are warnings where unknown hosts go out, and errors where not', () => {
  const levels = [true, false].map((allowAny) => kialiChecks([...BASE, vs(route({ host: 'gone' }))], { now: 0, allowAny }).map(({ level }) => level));
  assert.deepEqual(levels, [['Warning'], ['Error']]);
});

test('an annotation keeps codes quiet for an object: those it lists, or all', () => {
  const annotated = (value: string): string[] => codesOf([object('VirtualService', 'shop/v', route({ host: 'gone' }, 50), { annotations: { 'kiali.io/ignore-validations': value } })]);
  assert.deepEqual(annotated('KIA1104'), ['KIA1101']);
  assert.deepEqual(annotated(''), []);
});

test('fixes put the nearest name into its place', () => {
  const fixOf = (...objects: readonly KubeObject[]): unknown => kialiChecks([...BASE, ...objects], { now: 0 }).map(({ fix }) => fix?.patch[0]);
  assert.deepEqual(fixOf(vs(route({ host: 'wbe' }))), [{ op: 'replace', path: '/spec/http/0/route/0/destination/host', value: 'web' }]);
  assert.deepEqual(fixOf(ap({ rules: [{ from: [{ source: { namespaces: ['shpo'] } }] }] })), [{ op: 'replace', path: '/spec/rules/0/from/0/source/namespaces/0', value: 'shop' }]);
  assert.deepEqual(fixOf(vs(route({ host: 'web' }, 50))), [{ op: 'remove', path: '/spec/http/0/route/0/weight' }]);
});
