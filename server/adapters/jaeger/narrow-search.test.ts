import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jaegerTraceQl } from '#server/traces/jaeger-api/jaeger-search.ts';
import { parseTraceQl } from '#server/traces/traceql/parse.ts';
import { narrowSearch } from './narrow-search.ts';

function narrowed(text: string) {
  const parsed = parseTraceQl(text);
  assert.ok(parsed.ok, text);
  return narrowSearch(parsed.query);
}

test('what Jaeger knows of a query is asked of it, and it is told whether that is all', () => {
  const cases: readonly (readonly [string, object, boolean])[] = [
    ['{ }', {}, true],
    ['{ resource.service.name = "cart" && name = "list" && duration >= 1ms && duration <= 2s }', { service: 'cart', operation: 'list', minDurationNano: 1_000_000n, maxDurationNano: 2_000_000_000n }, true],
    ['{ "cart" = resource.service.name && 1ms <= duration }', { service: 'cart', minDurationNano: 1_000_000n }, true],
    ['{ duration > 1ms }', { minDurationNano: 1_000_000n }, false],
    ['{ status = error && kind = server }', { tags: { error: 'true', 'span.kind': 'server' } }, true],
    ['{ status = ok }', {}, false],
    ['{ span.http.status_code = 500 && span.half = 0.5 && span.ok = true && resource.pod = "p" }', { tags: { 'http.status_code': '500', half: '0.5', ok: 'true', pod: 'p' } }, false],
    ['{ .service.name = "cart" }', {}, false],
    ['{ span.a = 4.0 }', {}, false],
    ['{ span.a = "x" || span.b = "y" }', {}, false],
    ['{ span.a != "x" && span.b =~ "y" && event.c = "z" && span.d = nil }', {}, false],
    ['{ span.error = "true" }', {}, false],
    ['{ resource.service.name = "a" } >> { resource.service.name = "b" && name = "x" }', { service: 'b', operation: 'x' }, false],
    ['{ resource.service.name = "a" } &>> { resource.service.name = "b" }', {}, false],
    ['{ resource.service.name = "a" && name = "x" } && { resource.service.name = "a" }', { service: 'a' }, false],
    ['{ resource.service.name = "a" } || { resource.service.name = "b" }', {}, false],
    ['{ resource.service.name = "a" } | select(span.b)', { service: 'a' }, true],
    ['{ resource.service.name = "a" } | count() > 2', { service: 'a' }, false],
    ['{ resource.service.name = "a" } | rate()', { service: 'a' }, false],
    ['{ resource.service.name = "a" && resource.service.name = "b" }', { service: 'a' }, false],
    ['{ parent.resource.service.name = "a" }', {}, false],
  ];
  for (const [text, search, whole] of cases) assert.deepEqual(narrowed(text), { search, whole }, text);
});

test('what came from Jaeger’s form goes back to it whole', () => {
  const search = { service: 'a', operation: 'b', tags: { error: 'true', k: 'v' }, minDurationNano: 5n, maxDurationNano: 6n };
  assert.deepEqual(narrowSearch(jaegerTraceQl(search)), { search, whole: true });
});
