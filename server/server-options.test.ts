import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerOptions } from './server-options.ts';

test('has defaults for everything', () => {
  const parsed = parseServerOptions([]);
  assert.ok(parsed.kind === 'options');
  assert.deepEqual([parsed.options.port, parsed.options.otlpPort, parsed.options.otlpGrpcPort, parsed.options.zipkinPort, parsed.options.jaegerGrpcPort, parsed.options.kubeconfig, parsed.options.scrapeSeconds], [3000, 4318, 4317, 9411, undefined, '.binnacle/kubeconfig', 5]);
});
test('a value that is not a number is one sentence', () => {
  const parsed = parseServerOptions(['--port', 'web']);
  assert.ok(parsed.kind === 'error');
  assert.match(parsed.message, /--port takes a number from 0 to 65535, not "web"/);
});
test('receivers beside OTLP over HTTP can be left out', () => {
  const parsed = parseServerOptions(['--otlp-grpc-port', 'off', '--zipkin-port', 'off']);
  assert.ok(parsed.kind === 'options');
  assert.deepEqual([parsed.options.otlpGrpcPort, parsed.options.zipkinPort], [undefined, undefined]);
});
test("Jaeger's gRPC API is served on the port that is given", () => {
  const parsed = parseServerOptions(['--jaeger-grpc-port', '16685']);
  assert.ok(parsed.kind === 'options');
  assert.equal(parsed.options.jaegerGrpcPort, 16685);
  const refused = parseServerOptions(['--jaeger-grpc-port', 'on']);
  assert.match(refused.kind === 'error' ? refused.message : '', /--jaeger-grpc-port takes a number from 0 to 65535, not "on"/);
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
test('a remote Prometheus gets headers and one way to sign in', () => {
  const parsed = parseServerOptions(['--prometheus-url', 'https://mimir.example/prometheus', '--prometheus-header', 'X-Scope-OrgID: shop', '--prometheus-header', 'x-a:', '--prometheus-token-file', 'token', '--prometheus-timeout-seconds', '5']);
  assert.ok(parsed.kind === 'options');
  assert.deepEqual(parsed.options.prometheus, { user: undefined, passwordFile: undefined, tokenFile: 'token', headers: { 'x-scope-orgid': 'shop', 'x-a': '' }, caFile: undefined, timeoutMs: 5000 });
  for (const [args, message] of [
    [['--prometheus-header', 'shop'], /--prometheus-header takes a header such as "X-Scope-OrgID: shop", not "shop"/],
    [['--prometheus-password-file', 'x'], /--prometheus-password-file needs --prometheus-user/],
    [['--prometheus-user', 'me', '--prometheus-token-file', 'x'], /exclude each other/],
    [['--cors-origin', '('], /--cors-origin takes a regular expression, and "\(" is none/],
  ] as const) {
    const refused = parseServerOptions(args);
    assert.ok(refused.kind === 'error');
    assert.match(refused.message, message);
  }
});
test('stores of traces elsewhere share how they are got into', () => {
  const parsed = parseServerOptions(['--jaeger-url', 'http://j:16686', '--tempo-url', 'http://t:3200', '--traces-header', 'X-Scope-OrgID: shop', '--traces-user', 'me', '--traces-password-file', 'p']);
  assert.ok(parsed.kind === 'options');
  assert.deepEqual([parsed.options.jaegerUrl, parsed.options.tempoUrl], ['http://j:16686', 'http://t:3200']);
  assert.deepEqual(parsed.options.traces, { user: 'me', passwordFile: 'p', tokenFile: undefined, headers: { 'x-scope-orgid': 'shop' }, caFile: undefined, timeoutMs: 10_000 });
  const refused = parseServerOptions(['--traces-user', 'me', '--traces-token-file', 'x']);
  assert.match(refused.kind === 'error' ? refused.message : '', /--traces-token-file and --traces-user exclude each other/);
});
test('features are named as Prometheus names them', () => {
  const parsed = parseServerOptions(['--enable-feature', 'st-storage,use-start-timestamps', '--enable-feature=promql-experimental-functions']);
  assert.ok(parsed.kind === 'options');
  assert.deepEqual([...parsed.options.features], ['st-storage', 'use-start-timestamps', 'promql-experimental-functions']);
  const wrong = parseServerOptions(['--enable-feature', 'time-travel']);
  assert.match(wrong.kind === 'error' ? wrong.message : '', /^--enable-feature knows promql-experimental-functions, .*, not "time-travel"\.$/);
});
test('no origin but its own may read the Prometheus API unless one is named', () => {
  const [none, named] = [parseServerOptions([]), parseServerOptions(['--cors-origin', 'https://grafana\\.example'])];
  assert.ok(none.kind === 'options' && named.kind === 'options');
  assert.deepEqual([none.options.corsOrigin, named.options.corsOrigin], [undefined, 'https://grafana\\.example']);
});
