import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kubeconfigText, readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import { startControlProcess, temporaryDirectory, until } from '../control-harness.ts';

const MESH = fileURLToPath(new URL('../../bin/mesh.ts', import.meta.url));
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

test('kubectl as viewer, editor, admin and service account may what roles and bindings say', { skip: hasKubectl ? false : 'there is no kubectl here', timeout: 60_000 }, async (t) => {
  const dataDir = temporaryDirectory(t);
  await startControlProcess(t, dataDir);
  const kubectlWith = (kubeconfig: string) => (...args: string[]): { readonly ok: boolean; readonly text: string } => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['--kubeconfig', kubeconfig, ...args], { encoding: 'utf8', env: { ...process.env, HOME: dataDir } });
    return { ok: status === 0, text: `${stdout}${stderr}`.trim() };
  };
  const root = kubectlWith(path.join(dataDir, 'kubeconfig'));
  const done = (result: { readonly ok: boolean; readonly text: string }): string => {
    assert.ok(result.ok, result.text);
    return result.text;
  };
  const certificate = (user: string, ...groups: string[]): ReturnType<typeof kubectlWith> => {
    const file = path.join(dataDir, `${user}.kubeconfig`);
    const made = spawnSync(process.execPath, [MESH, 'kubeconfig', '--data-dir', dataDir, '--user', user, ...groups.flatMap((group) => ['--group', group]), '--out', file], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    return kubectlWith(file);
  };
  const refused = (result: { readonly ok: boolean; readonly text: string }, text: RegExp): void => {
    assert.equal(result.ok, false, result.text);
    assert.match(result.text, text);
  };

  done(root('create', 'namespace', 'shop'));
  done(root('create', 'clusterrolebinding', 'viewers', '--clusterrole', 'view', '--group', 'viewers'));
  done(root('-n', 'shop', 'create', 'rolebinding', 'editors', '--clusterrole', 'edit', '--group', 'editors'));
  done(root('-n', 'shop', 'create', 'rolebinding', 'owners', '--clusterrole', 'admin', '--user', 'olga'));
  done(root('-n', 'shop', 'create', 'configmap', 'settings', '--from-literal', 'a=b'));
  done(root('-n', 'shop', 'create', 'secret', 'generic', 'key', '--from-literal', 'a=b'));

  // A client certificate: the common name is the user, the organisations are the groups.
  const viewer = certificate('vi', 'viewers');
  assert.match(done(viewer('auth', 'whoami')), /Username\s+vi\nGroups\s+\[viewers system:authenticated\]/);
  assert.match(done(viewer('-n', 'shop', 'get', 'configmaps')), /settings/);
  refused(viewer('-n', 'shop', 'get', 'secrets'), /secrets is forbidden: User "vi" cannot list resource "secrets" in API group "" in the namespace "shop"/);
  refused(viewer('-n', 'shop', 'delete', 'configmap', 'settings'), /configmaps "settings" is forbidden: User "vi" cannot delete resource "configmaps" in API group "" in the namespace "shop"/);
  refused(viewer('create', 'namespace', 'mine'), /User "vi" cannot create resource "namespaces" in API group "" at the cluster scope/);
  assert.equal(viewer('-n', 'shop', 'auth', 'can-i', 'get', 'virtualservices').text, 'yes');
  assert.equal(viewer('-n', 'shop', 'auth', 'can-i', 'patch', 'virtualservices').text, 'no');
  assert.match(done(viewer('-n', 'shop', 'auth', 'can-i', '--list')), /virtualservices\.networking\.istio\.io\s+\[\]\s+\[\]\s+\[get list watch\]/);

  const editor = certificate('ed', 'editors');
  done(editor('-n', 'shop', 'label', 'configmap', 'settings', 'tier=web'));
  assert.match(done(editor('-n', 'shop', 'get', 'secrets')), /key/);
  refused(editor('-n', 'default', 'get', 'configmaps'), /cannot list resource "configmaps" in API group "" in the namespace "default"/);
  refused(editor('-n', 'shop', 'create', 'rolebinding', 'me', '--clusterrole', 'admin', '--user', 'ed'), /cannot create resource "rolebindings"/);

  // Who owns a namespace gives away what they hold, and no more.
  const owner = certificate('olga');
  done(owner('-n', 'shop', 'create', 'rolebinding', 'more', '--clusterrole', 'view', '--user', 'bob'));
  refused(owner('-n', 'shop', 'create', 'rolebinding', 'most', '--clusterrole', 'cluster-admin', '--user', 'olga'), /is attempting to grant RBAC permissions not currently held/);

  // The token of a service account, and acting as somebody else.
  const token = done(root('-n', 'shop', 'create', 'token', 'robot'));
  const { server, caPem = '' } = readKubeconfig(path.join(dataDir, 'kubeconfig'));
  const robotFile = path.join(dataDir, 'robot.kubeconfig');
  writeFileSync(robotFile, kubeconfigText({ server, caPem, token }));
  const robot = kubectlWith(robotFile);
  assert.match(done(robot('auth', 'whoami')), /system:serviceaccount:shop:robot/);
  refused(robot('-n', 'shop', 'get', 'configmaps'), /User "system:serviceaccount:shop:robot" cannot list/);
  done(root('-n', 'shop', 'create', 'role', 'reader', '--verb', 'get,list', '--resource', 'configmaps'));
  done(root('-n', 'shop', 'create', 'rolebinding', 'robots', '--role', 'reader', '--serviceaccount', 'shop:robot'));
  assert.match(done(robot('-n', 'shop', 'get', 'configmaps')), /settings/);
  refused(root('--as', 'vi', '--as-group', 'viewers', '-n', 'shop', 'get', 'secrets'), /User "vi" cannot list/);
  refused(editor('--as', 'olga', '-n', 'shop', 'get', 'secrets'), /User "ed" cannot impersonate resource "users"/);

  // A role that is taken back is gone at once; nobody gets in without a name.
  done(root('delete', 'clusterrolebinding', 'viewers'));
  refused(viewer('-n', 'shop', 'get', 'configmaps'), /User "vi" cannot list/);
  const nobodyFile = path.join(dataDir, 'nobody.kubeconfig');
  writeFileSync(nobodyFile, kubeconfigText({ server, caPem, token: 'guess' }));
  refused(kubectlWith(nobodyFile)('get', 'configmaps'), /You must be logged in|Unauthorized/);

  const lines = await until(() => {
    const text = readFileSync(path.join(dataDir, 'control', 'audit.log'), 'utf8');
    return text.includes('system:anonymous') ? text : undefined;
  }, 'the audit of the last call');
  assert.match(lines, /"verb":"delete".*"username":"vi".*"code":403/);
  assert.match(lines, /"impersonatedUser":\{"username":"vi"/);
});
