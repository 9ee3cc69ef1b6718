import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appEnvironment } from './app-process.ts';
import { parseRun } from './run.ts';
import { UsageError } from './usage-error.ts';

test('everything after -- is the program, whatever it looks like', () => {
  const command = parseRun(['--service', 'web', '--port', '8099', '--data-dir', '/d', '--', 'python3', '-m', 'http.server', '--help', '--', 'x']);
  assert.ok(command !== 'help');
  assert.deepEqual(command.command, ['python3', '-m', 'http.server', '--help', '--', 'x']);
  assert.equal(command.port, 8099);
  assert.deepEqual(command.location, { dataDir: '/d', kubeconfig: '/d/kubeconfig' });
});
test('what is not said has a default: version v1, namespace default, identity of the service, no port', () => {
  const command = parseRun(['--service', 'web', '--', 'x']);
  assert.ok(command !== 'help');
  const { version, namespace, serviceAccount, servicePort, port, accessLog } = command;
  assert.deepEqual({ version, namespace, serviceAccount, servicePort, port, accessLog }, { version: 'v1', namespace: 'default', serviceAccount: 'web', servicePort: 80, port: undefined, accessLog: false });
});
test('--help before -- asks for help', () => {
  assert.equal(parseRun(['--help']), 'help');
});
for (const [args, complaint] of [
  [['--', 'x'], /which service/],
  [['--service', 'web'], /which program/],
  [['--service', 'web', '--'], /which program/],
  [['--service', 'Web', '--', 'x'], /--service takes small letters.*"Web"/],
  [['--service', 'web', '--port', '0', '--', 'x'], /--port takes a port from 1 to 65535, not "0"/],
  [['--service', 'web', '--port', '80x', '--', 'x'], /not "80x"/],
  [['--service', 'web', '--version', 'v 1', '--', 'x'], /--version takes/],
  [['--service', 'web', 'python3'], /"python3" is not an option; the program to run comes after "--"/],
  [['--srvice', 'web', '--', 'x'], /Unknown option '--srvice'/],
] as const) {
  test(`"mesh run ${args.join(' ')}" is refused in one sentence`, () => {
    assert.throws(() => parseRun(args), (error) => error instanceof UsageError && complaint.test(error.message));
  });
}
test('the program finds its port, its name and the sidecar, and loopback stays direct', () => {
  const env = appEnvironment({ NODE_ENV: 'test', PATH: '/bin', HTTP_PROXY: 'http://office:3128', NODE_CHANNEL_FD: '3' }, { service: 'web', version: 'v2', port: 8099, outboundPort: 4000 });
  assert.equal(env['PORT'], '8099');
  assert.equal(env['HTTP_PROXY'], 'http://127.0.0.1:4000');
  assert.equal(env['http_proxy'], 'http://127.0.0.1:4000');
  assert.equal(env['BINNACLE_OUTBOUND'], '127.0.0.1:4000');
  assert.equal(`${env['SERVICE_NAME']} ${env['SERVICE_VERSION']} ${env['PATH']}`, 'web v2 /bin');
  assert.equal(env['NO_PROXY'], 'localhost,127.0.0.1,::1');
  assert.equal(env['NODE_CHANNEL_FD'], undefined);
  assert.equal('PORT' in appEnvironment({ NODE_ENV: 'test' }, { service: 'web', version: 'v2', outboundPort: 4000 }), false);
});
