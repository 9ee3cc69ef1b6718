import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { jaegerTraceQl } from '#server/traces/jaeger-api/jaeger-search.ts';
import { toOtlpProtobuf } from '#server/traces/otlp/encode-protobuf.ts';
import { traceByIdProtobuf } from '#server/traces/tempo-api/trace-json.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { listening } from '#server/traces/testing/serve-routes.ts';
import type { SearchRequest } from '#server/traces/trace-questions.ts';
import { readTraceQl } from '#server/traces/traceql/check.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { createTempoTraceBackend, type TempoOptions } from './tempo-trace-backend.ts';

const clock = { now: () => 1_795_000_000_000 };
const START = 1_794_999_000_000_000_000n;
const SPANS = [
  aSpan({ traceId: traceId(0xab), spanId: spanId(1), service: 'cart', start: START, duration: 5_000_000, attributes: { k: 'v' } }),
  aSpan({ traceId: traceId(0xab), spanId: spanId(2), parentSpanId: spanId(1), service: 'cart', start: START + 1n }),
  aSpan({ traceId: traceId(0xcd), spanId: spanId(3), service: 'cart', start: START + 2n, duration: 9_000_000 }),
];
const byId = (id: string): Buffer => Buffer.from(toOtlpProtobuf(SPANS.filter((s) => s.traceId === id.padStart(32, '0'))));
const query = (text: string, use: 'search' | 'metrics' = 'search'): TraceQl => {
  const read = readTraceQl(text, use);
  assert.ok(read.ok, text);
  return read.query;
};
const search = (q: TraceQl): SearchRequest => ({ query: q, fromUnixNano: '1794996400000000000', toUnixNano: '1795000000000000000', sort: 'newest', limit: 10, offset: 0, spansPerTrace: 0 });

type Answer = { readonly status?: number; readonly body: string | Buffer };
async function tempo(t: TestContext, answer: (url: URL, accept: string) => Answer | undefined, options: Partial<TempoOptions> = {}) {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://tempo');
    asked.push(url);
    const { status = 200, body } = answer(url, request.headers.accept ?? '') ?? { status: 404, body: '404 page not found' };
    response.writeHead(status).end(body);
  });
  const url = await listening(t, server);
  return { asked, backend: createTempoTraceBackend({ url, clock, ...options }) };
}
// Leading zeros of ids are left away, as old versions do.
const FOUND: Answer = { body: JSON.stringify({ traces: [{ traceID: 'ab', rootServiceName: 'cart' }, { traceID: 'CD' }], metrics: {} }) };

test('what Tempo finds is fetched whole as protobuf, sorted and counted', async (t) => {
  const { backend, asked } = await tempo(t, ({ pathname }, accept) => {
    if (pathname === '/api/search') return FOUND;
    const id = /^\/api\/v2\/traces\/([0-9a-f]{32})$/.exec(pathname)?.[1];
    return id === undefined || accept !== 'application/protobuf' ? undefined : { body: Buffer.from(traceByIdProtobuf(byId(id))) };
  });
  const found = await backend.search({ ...search(query('{ resource.service.name = "cart" } | select(span.k)')), sort: 'longest' });
  assert.deepEqual([found.traces.map((s) => [s.traceId, s.spanCount]), found.exact, found.notes], [[[traceId(0xcd), 1], [traceId(0xab), 2]], true, []]);
  const { searchParams } = asked[0] ?? new URL('http://none');
  assert.deepEqual(['q', 'start', 'end', 'limit', 'spss'].map((name) => searchParams.get(name)), ['{ resource.service.name = "cart" }', '1794996400', '1795000011', '200', '1']);
  assert.deepEqual((await backend.get(traceId(0xab)))?.spans, SPANS.slice(0, 2));
});

test('an old Tempo has only the first API, and does not know all of the language', async (t) => {
  const { backend, asked } = await tempo(t, ({ pathname, searchParams }) => {
    if (pathname === '/api/search') return /structural|nil|select|span:/.test(searchParams.get('q') ?? '') ? { status: 400, body: 'invalid TraceQL query: parse error at line 1, col 3: syntax error: unexpected IDENTIFIER' } : FOUND;
    const id = /^\/api\/traces\/([0-9a-f]{32})$/.exec(pathname)?.[1];
    return id === undefined ? undefined : { body: byId(id) };
  });
  const found = await backend.search(search(query('{ resource.service.name = "cart" && duration >= 1ms && span.k != nil }')));
  assert.deepEqual(found.traces.map((s) => s.traceId), [traceId(0xab)]);
  assert.match(found.notes.join(), /cannot evaluate .*span\.k != nil.*: it was asked for \{ resource\.service\.name = "cart" && duration >= 1ms \}/);
  assert.equal(asked.filter((u) => u.pathname.includes('/v2/')).length <= 2, true, 'API v2 is tried once, by each of those that started together');
});

test('Jaeger’s tags are looked for at every level and as every type', async (t) => {
  const { backend, asked } = await tempo(t, ({ pathname }) => (pathname === '/api/search' ? { body: '{}' } : undefined));
  await backend.search(search(jaegerTraceQl({ tags: { error: 'true', code: '500', 'resource.pod': 'p' } })));
  const q = asked[0]?.searchParams.get('q') ?? '';
  assert.match(q, /status = error/);
  assert.match(q, /span\.code = "500" \|\| span\.code = 500 \|\| resource\.code = "500"/);
  // Of several links Tempo would look at the first with the key.
  assert.match(q, /link\.code != nil/);
  assert.match(q, /resource\.pod = "p"/);
});

test('numbers are asked for as whole and as broken ones', async (t) => {
  const { backend, asked } = await tempo(t, ({ pathname }) => (pathname === '/api/search' ? { body: '{}' } : undefined));
  const cases = [
    ['{ span.a > 7 && duration > 1s }', '{ span.a > 7 || span.a > 7.0 && span:duration > 1s }'],
    ['{ 7 < .a }', '{ .a > 7 || .a > 7.0 }'],
    ['{ span.a > 7.5 || span.b >= 7.5 }', '{ span.a > 7.5 || span.a > 7 || (span.b >= 7.5 || span.b >= 8) }'],
    ['{ span.a = 7.5 } | count() > 2', '{ span.a = 7.5 } | count() > 2'],
    ['{ span.a = 7.0 } | select(span.b)', '{ span.a = 7.0 || span.a = 7 }'],
  ] as const;
  for (const [text, sent] of cases) {
    await backend.search(search(query(text)));
    assert.equal(asked.at(-1)?.searchParams.get('q'), sent, text);
  }
});

test('what is negated is evaluated here: Tempo is asked for more', async (t) => {
  const { backend, asked } = await tempo(t, ({ pathname }) => (pathname === '/api/search' ? { body: '{}' } : undefined));
  const cases = [
    ['{ !(span.a < 5) && span.b = "1" }', '{ span.b = "1" }'],
    ['{ !(span.a < 5) || span.b = "1" }', '{ }'],
    ['{ !(span.a < 5) } >> { kind = server && !(span.b = 1) }', '{ } >> { span:kind = server }'],
    ['{ !(span.a = "x") && span.b = "y" } !> { kind = server }', '{ span:kind = server }'],
    ['{ span.b = "y" } !> { kind = server }', '{ span.b = "y" } !> { span:kind = server }'],
    ['{ !(span.a = "x") && kind = client } | count() < 3', '{ span:kind = client }'],
  ] as const;
  for (const [text, sent] of cases) {
    await backend.search(search(query(text)));
    assert.equal(asked.at(-1)?.searchParams.get('q'), sent, text);
  }
});

test('what is cut off, or only a part, is said', async (t) => {
  const part = Buffer.concat([traceByIdProtobuf(byId(traceId(0xab))), Buffer.from([0x18, 1])]);
  const { backend } = await tempo(t, ({ pathname }) => (pathname === '/api/search' ? FOUND : { body: part }), { searchLimit: 2 });
  const found = await backend.search(search(query('{ }')));
  assert.equal(found.exact, false);
  assert.match(found.notes.join(' '), /a part of 2 traces only.*the first 2 traces that it found/);
  assert.match((await backend.get(traceId(0xab)))?.warnings[0] ?? '', /a part of this trace/);
});

test('nothing found, and nothing that is Tempo', async (t) => {
  const { backend } = await tempo(t, ({ pathname }) => (pathname === '/api/search' ? { body: '{"metrics":{}}' } : undefined));
  assert.deepEqual((await backend.search(search(query('{ }')))).traces, []);
  assert.equal(await backend.get(traceId(1)), undefined);
  const { backend: other } = await tempo(t, () => ({ body: '<html>' }));
  await assert.rejects(other.services(), { code: 'upstream', message: /is not Tempo: it sent no JSON/ });
  await assert.rejects(other.get(traceId(1)), { code: 'upstream', message: /cannot be read/ });
  const { backend: refusing } = await tempo(t, () => ({ status: 400, body: 'no' }));
  await assert.rejects(refusing.search(search(query('{ }'))), { code: 'bad-request', message: /refuses the query: no/ });
});

test('values have types, operations come kind by kind, metrics are measured there', async (t) => {
  const { backend, asked } = await tempo(t, ({ pathname, searchParams }) => {
    const q = searchParams.get('q') ?? '';
    if (pathname === '/api/v2/search/tag/resource.service.name/values') return { body: JSON.stringify({ tagValues: [{ type: 'string', value: 'b' }, { type: 'string', value: 'a' }] }) };
    if (pathname === '/api/v2/search/tag/name/values') return { body: JSON.stringify({ tagValues: q.includes('kind = server') ? [{ type: 'string', value: 'list' }] : [] }) };
    if (pathname === '/api/v2/search/tag/span.n/values') return { body: JSON.stringify({ tagValues: [{ type: 'int', value: '5' }, { type: 'bool', value: 'true' }, { type: 'keyword', value: 'error' }] }) };
    if (pathname === '/api/v2/search/tags') return { body: JSON.stringify({ scopes: [{ name: 'span', tags: ['n'] }, { name: 'intrinsic', tags: ['duration', 'span:duration'] }] }) };
    return pathname === '/api/metrics/query_range' ? { body: JSON.stringify({ series: [{ labels: [{ key: 'resource.service.name', value: { stringValue: 'a' } }], samples: [{ timestampMs: '1000', value: 1.5 }, { timestampMs: '3000' }], exemplars: [{ labels: [{ key: 'trace:id', value: { stringValue: 'ab' } }], value: 2, timestampMs: '1500' }] }, { labels: [], samples: [{ timestampMs: '2000', value: 'NaN' }] }] }) } : undefined;
  });
  assert.deepEqual(await backend.services(), ['a', 'b']);
  assert.deepEqual(await backend.operations('a "b"'), [{ name: 'list', kind: 'server' }]);
  assert.ok(asked.some((u) => u.searchParams.get('q') === '{ resource.service.name = "a \\"b\\"" && kind = server }'));
  assert.deepEqual(await backend.attributeValues({ field: { kind: 'attribute', scope: 'span', key: 'n' }, limit: 2, contains: 'R' }), [{ type: 'bool', value: true }, { type: 'keyword', value: 'error' }]);
  assert.deepEqual(await backend.attributes(), [{ scope: 'span', key: 'n', types: [] }, { scope: 'intrinsic', key: 'span:duration', types: [] }]);
  const measured = await backend.metrics({ query: query('{ status = error } | rate() by (resource.service.name)', 'metrics'), fromUnixNano: '0', toUnixNano: '4000000000', stepNano: '1000000000', exemplars: 5 });
  assert.deepEqual(measured.timesUnixNano, ['1000000000', '2000000000', '3000000000']);
  assert.deepEqual(measured.series, [
    { labels: { 'resource.service.name': 'a' }, values: [1.5, null, 0], exemplars: [{ traceId: traceId(0xab), spanId: '', timeUnixNano: '1500000000', value: 2 }] },
    { labels: {}, values: [null, Number.NaN, null], exemplars: [] },
  ]);
  assert.equal(asked.at(-1)?.searchParams.get('step'), '1s');
});
