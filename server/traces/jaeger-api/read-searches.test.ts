import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceId } from '../testing/a-span.ts';
import { dependencyLinks } from './dependencies.ts';
import { jaegerTraceQl } from './jaeger-search.ts';
import { readLegacySearch } from './legacy-parameters.ts';
import { readSearch } from './v3-routes.ts';

const TIMES = { 'query.startTimeMin': '2026-01-01T00:00:00Z', 'query.startTimeMax': '2026-01-01T01:00:00Z' };
const v3 = (query: Record<string, string>) => readSearch(new URLSearchParams(query));
const legacy = (query: string) => readLegacySearch(new URLSearchParams(query), 1_795_000_000_000);

test('a search of API v3 is read in both spellings, the new one first', () => {
  const spelled = v3({ ...TIMES, 'query.serviceName': 'a', 'query.operationName': 'b', 'query.attributes': '{"k":"v"}', 'query.searchDepth': '7', 'query.durationMin': '1ms', 'query.durationMax': '2ms', 'query.rawTraces': 'true' });
  const old = v3({ 'query.start_time_min': TIMES['query.startTimeMin'], 'query.start_time_max': TIMES['query.startTimeMax'], 'query.service_name': 'a', 'query.operation_name': 'b', 'query.attributes': '{"k":"v"}', 'query.num_traces': '7', 'query.duration_min': '1ms', 'query.duration_max': '2ms', 'query.raw_traces': '1' });
  assert.deepEqual(spelled, old);
  assert.deepEqual(spelled, { service: 'a', operation: 'b', tags: { k: 'v' }, minDurationNano: 1_000_000n, maxDurationNano: 2_000_000n, limit: 7, fromUnixNano: 1_767_225_600_000_000_000n, toUnixNano: 1_767_229_200_000_000_000n });
  assert.equal(v3({ ...TIMES, 'query.serviceName': 'new', 'query.service_name': 'old' }).service, 'new');
  assert.deepEqual(v3({ ...TIMES }), { tags: {}, limit: 100, fromUnixNano: 1_767_225_600_000_000_000n, toUnixNano: 1_767_229_200_000_000_000n });
});

test('a search of API v3 that is not right is refused in the words of Jaeger', () => {
  const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{}, /^query.startTimeMin and query.startTimeMax are required$/],
    [{ ...TIMES, 'query.startTimeMax': TIMES['query.startTimeMin'] }, /^query.startTimeMin must be before query.startTimeMax$/],
    [{ ...TIMES, 'query.startTimeMin': 'x' }, /^malformed parameter query.startTimeMin: /],
    [{ ...TIMES, 'query.num_traces': 'x' }, /^malformed parameter query.num_traces: /],
    [{ ...TIMES, 'query.searchDepth': '0' }, /from 1 to 10000/],
    [{ ...TIMES, 'query.durationMin': '5' }, /^malformed parameter query.durationMin: /],
    [{ ...TIMES, 'query.rawTraces': 'maybe' }, /^malformed parameter query.rawTraces: /],
    [{ ...TIMES, 'query.attributes': '{"a":1}' }, /^malformed parameter query.attributes: /],
    [{ ...TIMES, 'query.filter': '{"op":"exists","args":[{"attr":{"key":"a"}}]}', 'query.serviceName': 'a' }, /cannot be combined/],
  ];
  for (const [query, message] of cases) assert.throws(() => v3(query), { code: 'bad-request', message });
});

test('a search before API v3 is read: microseconds, both forms of tags, ids, two days by default', () => {
  const { search, traceIds, raw } = legacy('service=a&operation=b&start=1000&end=2000&limit=3&minDuration=5us&maxDuration=1s&tag=x:y:z&tags=%7B%22k%22%3A%22v%22%7D&traceID=ab&raw=true');
  assert.deepEqual(search, { service: 'a', operation: 'b', tags: { x: 'y:z', k: 'v' }, fromUnixNano: 1_000_000n, toUnixNano: 2_000_000n, limit: 3, minDurationNano: 5000n, maxDurationNano: 1_000_000_000n });
  assert.deepEqual([traceIds, raw], [[traceId(0xab)], true]);
  const { search: bare } = legacy('');
  assert.deepEqual([bare.toUnixNano, bare.toUnixNano - bare.fromUnixNano, bare.limit], [1_795_000_000_000_000_000n, 172_800_000_000_000n, 100]);
  for (const query of ['tag=x', 'tags={', 'start=x', 'limit=-1', 'minDuration=5', 'minDuration=2s&maxDuration=1s', 'traceID=!', 'raw=x']) assert.throws(() => legacy(query), { code: 'bad-request' }, query);
});

test('spans without a service name are found by the name they are listed under', () => {
  const { pipeline } = jaegerTraceQl({ service: 'unknown_service' });
  assert.match(JSON.stringify(pipeline), /"nil"/);
  assert.deepEqual(jaegerTraceQl({}).pipeline.stages, [{ kind: 'filter' }]);
});

test('calls between services are one link whatever their kind, without those from outside', () => {
  const edges = [{ client: 'y', server: 'x', calls: 2 }, { client: 'user', server: 'y', calls: 9 }, { client: 'x', server: 'a', calls: 1 }, { client: 'y', server: 'x', calls: 1 }];
  assert.deepEqual(dependencyLinks(edges, ''), [{ parent: 'x', child: 'a', callCount: 1 }, { parent: 'y', child: 'x', callCount: 3 }]);
  assert.deepEqual(dependencyLinks(edges, 'y'), [{ parent: 'y', child: 'x', callCount: 3 }]);
});
