import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULTS, PARTS, parseOptions } from './options.mjs';

test('without options every part is started on its usual port', () => {
  const { options } = parseOptions([]);
  assert.deepEqual(options.parts, PARTS);
  assert.equal(options.consolePort, DEFAULTS.consolePort);
});
test('a value follows its option, or an equals sign', () => {
  assert.equal(parseOptions(['--console-port', '0']).options.consolePort, 0);
  assert.equal(parseOptions(['--console-port=3100']).options.consolePort, 3100);
});
test('in front of another mesh only the console is started, unless parts are named', () => {
  assert.deepEqual(parseOptions(['--kubeconfig', 'k']).options.parts, ['server', 'pages']);
  assert.deepEqual(parseOptions(['--kubeconfig', 'k', '--parts', 'server']).options.parts, ['server']);
});
for (const [argv, message] of [
  [['--nonsense'], /Unknown option --nonsense/],
  [['--console-port'], /needs a value/],
  [['--console-port', 'x'], /takes a port/],
  [['--console-port', '70000'], /takes a port/],
  [['--rate', '0'], /above 0/],
  [['--parts', 'control,magic'], /no part "magic"/],
]) {
  test(`${argv.join(' ')} is refused in one sentence`, () => assert.match(parseOptions(argv).error, message));
}
