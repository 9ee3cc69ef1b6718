import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS, servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { kubectlMissing, startKubectl, type Kubectl } from './kubectl-harness.ts';

/** Debian's kubectl, unmodified, against the API: what people type. Skipped, saying so, where there is none. */
const skip = kubectlMissing() ?? false;

const WEB = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  hosts: [web]
  http:
  - route: [{destination: {host: web}}]
`;
const withHosts = (hosts: string): string => WEB.replace('hosts: [web]', `hosts: [${hosts}]`);

async function shop(kubectl: Kubectl): Promise<void> {
  await kubectl.ok(['create', 'namespace', 'shop']);
}

async function field(kubectl: Kubectl, resource: string, jsonpath: string): Promise<string> {
  return kubectl.ok(['get', '-n', 'shop', resource, '-o', `jsonpath={${jsonpath}}`]);
}

/** Waits, for at most ten seconds, until a text is there. */
async function until(text: () => string, pattern: RegExp): Promise<void> {
  const end = Date.now() + 10_000;
  while (!pattern.test(text())) {
    assert.ok(Date.now() < end, `waited for ${pattern} in: ${text()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('kubectl discovers every kind and explains its fields', { skip }, async (t) => {
  const kubectl = await startKubectl(t);
  const resources = await kubectl.ok(['api-resources', '--no-headers']);
  const listed = resources.trim().split('\n').map((line) => line.split(/\s+/).at(-1));
  for (const kind of KINDS) assert.ok(listed.includes(kind.kind), kind.kind);
  assert.match(resources, /^virtualservices +vs +networking\.istio\.io\/v1 +true +VirtualService$/m);
  const versions = await kubectl.ok(['api-versions']);
  for (const version of ['v1', 'networking.istio.io/v1alpha3', 'gateway.networking.k8s.io/v1beta1', 'security.istio.io/v1']) assert.ok(versions.split('\n').includes(version), version);
  assert.equal(await kubectl.ok(['get', 'networking-istio-io', '-A', '-o', 'name']), '');
  const http = await kubectl.ok(['explain', 'virtualservice.spec.http']);
  assert.match(http, /Rules for HTTP, in order\./);
  assert.match(http, /^ +retries\t<Object>/m);
  const recursive = await kubectl.ok(['explain', 'virtualservice', '--recursive']);
  for (const name of ['metadata', 'perTryTimeout', 'corsPolicy', 'mirrorPercentage', 'sourceLabels']) assert.match(recursive, new RegExp(`^ +${name}\t<`, 'm'));
  assert.match(await kubectl.ok(['get', '--raw', '/version']), /"gitVersion"/);
  assert.match(await kubectl.ok(['get', 'crd', 'virtualservices.networking.istio.io', '-o', 'jsonpath={.spec.versions[*].name}']), /^v1 v1beta1 v1alpha3$/);
  await kubectl.ok(['wait', '--for=condition=established', 'crd/gateways.networking.istio.io', '--timeout=5s']);
});

test('kubectl creates the built-in kinds, which it sends as protobuf', { skip }, async (t) => {
  const kubectl = await startKubectl(t);
  await shop(kubectl);
  await kubectl.ok(['create', 'configmap', 'settings', '-n', 'shop', '--from-literal=color=red']);
  await kubectl.ok(['create', 'secret', 'generic', 'keys', '-n', 'shop', '--from-literal=a=b']);
  await kubectl.ok(['create', 'service', 'clusterip', 'web', '-n', 'shop', '--tcp=80:8080']);
  await kubectl.ok(['create', 'serviceaccount', 'web', '-n', 'shop']);
  assert.equal(await field(kubectl, 'configmap/settings', '.data.color'), 'red');
  assert.equal(await field(kubectl, 'secret/keys', '.data.a'), 'Yg==');
  assert.equal(await field(kubectl, 'service/web', '.spec.ports[0].targetPort'), '8080');
  assert.match(await kubectl.ok(['get', 'ns,cm,secret,svc,sa', '-n', 'shop']), /^configmap\/settings +1 +\d+s$/m);
  const taken = await kubectl.run(['create', 'configmap', 'settings', '-n', 'shop']);
  assert.match(taken.err, /configmaps "settings" already exists/);
  await kubectl.ok(['delete', 'namespace', 'shop']);
  assert.match((await kubectl.run(['get', 'configmap', 'settings', '-n', 'shop'])).err, /NotFound/);
});

test('kubectl applies, compares, edits, patches, labels, annotates and replaces', { skip }, async (t) => {
  const kubectl = await startKubectl(t);
  await shop(kubectl);
  assert.match(await kubectl.ok(['apply', '-f', '-'], { stdin: WEB }), /created/);
  assert.match(await kubectl.ok(['apply', '-f', '-'], { stdin: WEB }), /unchanged/);
  const difference = await kubectl.run(['diff', '-f', '-'], { stdin: withHosts('web, www') });
  assert.equal(difference.code, 1, difference.err);
  assert.match(difference.out, /^\+ {2}- www$/m);
  assert.match(await kubectl.ok(['apply', '--dry-run=server', '-f', '-'], { stdin: withHosts('web, www') }), /configured \(server dry run\)/);
  assert.equal(await field(kubectl, 'vs/web', '.spec.hosts'), '["web"]');
  assert.match(await kubectl.ok(['apply', '-f', '-'], { stdin: withHosts('web, www') }), /configured/);
  await kubectl.ok(['edit', '-n', 'shop', 'vs', 'web'], { env: { KUBE_EDITOR: 'sed -i s/www/shop.example/' } });
  assert.equal(await field(kubectl, 'vs/web', '.spec.hosts[1]'), 'shop.example');
  await kubectl.ok(['patch', '-n', 'shop', 'vs', 'web', '--type=merge', '-p', '{"spec":{"gateways":["mesh"]}}']);
  await kubectl.ok(['patch', '-n', 'shop', 'vs', 'web', '--type=json', '-p', '[{"op":"replace","path":"/spec/hosts/1","value":"x.example"}]']);
  await kubectl.ok(['create', 'service', 'clusterip', 'web', '-n', 'shop', '--tcp=80:8080']);
  await kubectl.ok(['patch', '-n', 'shop', 'svc', 'web', '-p', '{"spec":{"ports":[{"port":81,"name":"more"}]}}']);
  assert.equal(await field(kubectl, 'svc/web', '.spec.ports[*].port'), '80 81');
  await kubectl.ok(['label', '-n', 'shop', 'vs', 'web', 'tier=front']);
  await kubectl.ok(['annotate', '-n', 'shop', 'vs', 'web', 'note=hello']);
  const stored = JSON.parse(await kubectl.ok(['get', '-n', 'shop', 'vs', 'web', '-o', 'json'])) as KubeObject<{ hosts: string[]; gateways: string[] }>;
  assert.deepEqual([stored.spec?.hosts, stored.spec?.gateways, stored.metadata.labels, stored.metadata.annotations?.['note'], stored.metadata.generation], [['web', 'x.example'], ['mesh'], { app: 'web', tier: 'front' }, 'hello', 5]);
  await kubectl.ok(['replace', '-f', '-'], { stdin: JSON.stringify({ ...stored, spec: { ...stored.spec, hosts: ['replaced'] } }) });
  const stale = await kubectl.run(['replace', '-f', '-'], { stdin: JSON.stringify(stored) });
  assert.match(stale.err, /\(Conflict\): .*the object has been modified; please apply your changes to the latest version and try again/);
  const bad = await kubectl.run(['apply', '-f', '-'], { stdin: WEB.replace('hosts:', 'hots:') });
  assert.equal(bad.code, 1);
  assert.match(bad.err, /unknown field "(VirtualService\.)?(spec\.)?hots"/);
  const wrong = await kubectl.run(['apply', '-f', '-'], { stdin: WEB.replace('name: web, namespace', 'name: Web_, namespace') });
  assert.match(wrong.err, /is invalid: metadata\.name/);
});

test('kubectl applies server-side: conflicts are told, force takes over, and what is given up goes', { skip }, async (t) => {
  const kubectl = await startKubectl(t);
  await shop(kubectl);
  const apply = (manager: string, body: string, ...more: readonly string[]): ReturnType<Kubectl['run']> => kubectl.run(['apply', '--server-side', `--field-manager=${manager}`, ...more, '-f', '-'], { stdin: body });
  assert.match((await apply('a', withHosts('web'))).out, /serverside-applied/);
  const conflict = await apply('b', withHosts('www'));
  assert.equal(conflict.code, 1);
  assert.match(conflict.err, /Apply failed with 1 conflict: conflict with "a": \.spec\.hosts/);
  assert.equal((await apply('b', withHosts('www'), '--force-conflicts')).code, 0);
  assert.equal(await field(kubectl, 'vs/web', '.spec.hosts[0]'), 'www');
  const labelled = WEB.replace('labels: {app: web}', 'labels: {app: web, extra: x}').replace('hosts: [web]', 'hosts: [www]');
  assert.equal((await apply('b', labelled)).code, 0);
  assert.equal(await field(kubectl, 'vs/web', '.metadata.labels.extra'), 'x');
  assert.equal((await apply('b', withHosts('www'))).code, 0);
  assert.equal(await field(kubectl, 'vs/web', '.metadata.labels'), '{"app":"web"}');
  await kubectl.ok(['label', '-n', 'shop', 'vs', 'web', '--overwrite', 'app=other']);
  const both = await apply('c', WEB);
  assert.match(both.err, /Apply failed with \d conflicts: conflicts with "b":\n- \.spec\.hosts\nconflicts with "kubectl-label" using networking\.istio\.io\/v1:\n- \.metadata\.labels\.app/);
  // What was applied on the client's side can be taken over by the server's.
  const moved = WEB.replaceAll('name: web', 'name: moved');
  await kubectl.ok(['apply', '-f', '-'], { stdin: moved });
  assert.match(await kubectl.ok(['apply', '--server-side', '-f', '-'], { stdin: moved.replace('hosts: [web]', 'hosts: [moved]') }), /serverside-applied/);
  assert.equal(await field(kubectl, 'vs/moved', '.spec.hosts'), '["moved"]');
  assert.match(await kubectl.ok(['apply', 'view-last-applied', '-n', 'shop', 'vs', 'moved']), /^ {2}- moved$/m);
  const managers = JSON.parse(await kubectl.harness.client.get<KubeObject>(servedKind('VirtualService'), 'web', 'shop').then((object) => JSON.stringify(object.metadata))) as { managedFields: { manager: string; operation: string; fieldsV1: object }[] };
  assert.deepEqual(managers.managedFields.map((entry) => [entry.manager, entry.operation]), [['a', 'Apply'], ['b', 'Apply'], ['kubectl-label', 'Update']]);
});

test('kubectl lists by selector, page by page, wide and by name, and watches', { skip }, async (t) => {
  const kubectl = await startKubectl(t);
  await shop(kubectl);
  const names = Array.from({ length: 7 }, (_, index) => `web-${index}`);
  for (const [index, name] of names.entries()) {
    await kubectl.harness.client.create<KubeObject<object>>({ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name, namespace: 'shop', labels: { app: 'web', half: index < 3 ? 'one' : 'two' } }, spec: { hosts: [name], http: [{ route: [{ destination: { host: name } }] }] } });
  }
  const rows = (text: string): number => text.trim().split('\n').length;
  assert.equal(rows(await kubectl.ok(['get', 'vs', '-A', '--no-headers', '--chunk-size=2'])), 7);
  assert.equal(rows(await kubectl.ok(['get', 'vs', '-n', 'shop', '-l', 'half notin (two),app', '-o', 'name'])), 3);
  assert.equal(await kubectl.ok(['get', 'vs', '-n', 'shop', '--field-selector', 'metadata.name=web-4', '-o', 'name']), 'virtualservice.networking.istio.io/web-4\n');
  assert.match(await kubectl.ok(['get', 'vs', 'web-1', '-n', 'shop', '-o', 'wide']), /^NAME +GATEWAYS +HOSTS +AGE\nweb-1 +\["web-1"\] +\d+s\n$/);
  assert.match(await kubectl.ok(['get', 'vs', 'web-1', '-n', 'shop', '-o', 'yaml']), /^ {2}- web-1$/m);
  assert.match(await kubectl.ok(['describe', 'vs', 'web-1', '-n', 'shop']), /^Events: +<none>$/m);
  const watch = kubectl.start(['get', 'vs', '-n', 'shop', '-w', '--no-headers']);
  await until(watch.printed, /web-6/);
  await kubectl.ok(['delete', 'vs', '-n', 'shop', 'web-0']);
  await kubectl.ok(['patch', '-n', 'shop', 'vs', 'web-6', '--type=merge', '-p', '{"spec":{"hosts":["changed"]}}']);
  await until(watch.printed, /web-6 +\["changed"\]/);
  watch.child.kill('SIGTERM');
  assert.equal(rows(await kubectl.ok(['delete', 'vs', '-n', 'shop', '-l', 'half=one'])), 2);
});

test('kubectl waits for a condition, for a deletion, and for finalizers', { skip }, async (t) => {
  const kubectl = await startKubectl(t);
  const { client } = kubectl.harness;
  await shop(kubectl);
  await kubectl.ok(['apply', '-f', '-'], { stdin: WEB.replace('namespace: shop', 'namespace: shop, finalizers: [example.com/guard]') });
  const ready = kubectl.ok(['wait', '-n', 'shop', '--for=condition=Reconciled', 'vs/web', '--timeout=20s']);
  const object = await client.get<KubeObject>(servedKind('VirtualService'), 'web', 'shop');
  await client.updateStatus({ ...object, status: { conditions: [{ type: 'Reconciled', status: 'True' }] } });
  assert.match(await ready, /condition met/);
  await kubectl.ok(['delete', 'vs', '-n', 'shop', 'web', '--wait=false']);
  const marked = await client.get<KubeObject>(servedKind('VirtualService'), 'web', 'shop');
  assert.match(marked.metadata.deletionTimestamp ?? '', /^\d{4}-.*Z$/);
  const before = kubectl.answered().length;
  const gone = kubectl.ok(['wait', '-n', 'shop', '--for=delete', 'vs/web', '--timeout=20s']);
  // It has seen the object once; from then on it must hear of the end.
  await until(() => kubectl.answered().slice(before).join(), /GET virtualservices/);
  await client.patch(servedKind('VirtualService'), 'web', 'shop', 'merge', { metadata: { finalizers: null } });
  await gone;
  assert.match((await kubectl.run(['get', 'vs', '-n', 'shop', 'web'])).err, /NotFound\): virtualservices\.networking\.istio\.io "web" not found/);
});
