import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerOptions } from './server-options.ts';

test('has defaults for everything', () => {
  const parsed = parseServerOptions([]);
  assert.ok(parsed.kind === 'options');
  assert.deepEqual([parsed.options.port, parsed.options.otlpPort, parsed.options.kubeconfig, parsed.options.scrapeSeconds], [3000, 4318, '.binnacle/kubeconfig', 5]);
});
test('a value that is not a number is one sentence', () => {
  const parsed = parseServerOptions(['--port', 'web']);
  assert.ok(parsed.kind === 'error');
  assert.match(parsed.message, /--port takes a number from 0 to 65535, not "web"/);
});
test('an unknown option is refused', () => assert.equal(parseServerOptions(['--nonsense']).kind, 'error'));
test('an address that is none is one sentence', () => {
  for (const value of ['here', 'localhost:9090', 'file:///etc']) {
    const parsed = parseServerOptions(['--prometheus-url', value]);
    assert.ok(parsed.kind === 'error');
    assert.match(parsed.message, /^--prometheus-url takes an http or https address, not "/);
  }
});
test('further host names are allowed by name only', () => {
  const parsed = parseServerOptions(['--allowed-host', 'Mesh.example.com']);
  assert.ok(parsed.kind === 'options');
  assert.ok(parsed.options.allowedHosts.includes('mesh.example.com'));
});
test('jobs to scrape have no use beside a Prometheus that scrapes by itself', () => {
  const parsed = parseServerOptions(['--scrape-config', 's.yml', '--prometheus-url', 'http://p:9090']);
  assert.ok(parsed.kind === 'error');
  assert.match(parsed.message, /--scrape-config has no use with --prometheus-url/);
});
