import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptHeader, defaultProtocols, formatOf } from './scrape-protocols.ts';

test('the Accept header names the protocols in order of preference, as Prometheus does', () => {
  assert.equal(
    acceptHeader(defaultProtocols(false), 'allow-utf-8'),
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  );
  assert.match(acceptHeader(defaultProtocols(true), 'underscores'), /^application\/vnd\.google\.protobuf;proto=io\.prometheus\.client\.MetricFamily;encoding=delimited;q=0\.6,.*;escaping=underscores;q=0\.5,.*\*\/\*;q=0\.1$/);
});

test('a page is read as its type says; what says nothing useful is read as the fallback, or not at all', () => {
  assert.deepEqual(formatOf('text/plain; version=0.0.4; charset=utf-8'), { kind: 'format', mediaType: 'text/plain' });
  assert.deepEqual(formatOf('Application/OpenMetrics-Text; version=1.0.0'), { kind: 'format', mediaType: 'application/openmetrics-text' });
  assert.deepEqual(formatOf('application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'), { kind: 'format', mediaType: 'application/vnd.google.protobuf' });
  for (const type of ['', 'text/html', 'nonsense']) assert.equal(formatOf(type).kind, 'unreadable', type);
  const html = formatOf('text/html; charset=utf-8', 'PrometheusText0.0.4');
  assert.deepEqual([html.kind, html.kind === 'format' && html.mediaType, html.kind === 'format' && html.unexpected], ['format', 'text/plain', 'the target answered with text/html, not with a format of metrics']);
});
