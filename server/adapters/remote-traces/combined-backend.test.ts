import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerError } from '#server/server-error.ts';
import { memorySource } from '#server/traces/engine/memory-source.ts';
import { jaegerTraceQl } from '#server/traces/jaeger-api/jaeger-search.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { memoryBackend } from '#server/traces/testing/memory-backend.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { SearchRequest } from '#server/traces/trace-questions.ts';
import { createCombinedBackend, type CombinedPart } from './combined-backend.ts';

const SEARCH: SearchRequest = { query: jaegerTraceQl({}), fromUnixNano: '0', toUnixNano: '1000', sort: 'longest', limit: 2, offset: 0, spansPerTrace: 0 };

interface CountedPart extends CombinedPart {
  asked: number;
}
function part(name: string, spans: readonly Span[], note?: string): CountedPart {
  const memory = memoryBackend(spans);
  const source = memorySource([buildSegment(spans)]);
  const counted: CountedPart = {
    asked: 0,
    isEmpty: async () => spans.length === 0,
    backend: {
      ...memory,
      describe: () => ({ ...memory.describe(), name }),
      search: (request, signal) => {
        counted.asked += 1;
        return memory.search(request, signal);
      },
      lookAt: async () => ({ source, exact: note === undefined, notes: note === undefined ? [] : [note] }),
    },
  };
  return counted;
}

function gone(name: string): CombinedPart {
  const fail = async (): Promise<never> => Promise.reject(new ServerError('upstream', `${name} cannot be reached.`));
  const memory = memoryBackend([]);
  return { backend: { ...memory, describe: () => ({ ...memory.describe(), name }), lookAt: fail, get: fail, segment: fail, services: fail, operations: fail, attributes: fail, attributeValues: fail, search: fail } };
}

const HERE = [aSpan({ traceId: traceId(1), spanId: spanId(1), service: 'a', start: 1, duration: 10 }), aSpan({ traceId: traceId(2), spanId: spanId(2), service: 'b', start: 2, duration: 30 })];
const THERE = [aSpan({ traceId: traceId(3), spanId: spanId(3), service: 'b', start: 3, duration: 20, name: 'other' })];

test('several stores are searched, sorted and counted together, and their notes told', async () => {
  const both = createCombinedBackend([part('there', THERE, 'There is more.'), part('here', HERE)]);
  const found = await both.search(SEARCH);
  assert.deepEqual([found.traces.map((s) => s.traceId), found.totalTraces, found.exact, found.notes], [[traceId(2), traceId(3)], 3, false, ['There is more.']]);
  assert.deepEqual(await both.services(), ['a', 'b']);
  assert.deepEqual((await both.operations('b')).map((o) => o.name), ['op', 'other']);
  assert.equal((await both.get(traceId(3)))?.spans.length, 1);
  assert.equal(await both.get(traceId(9)), undefined);
  assert.deepEqual((await both.attributeValues({ field: { kind: 'attribute', scope: 'resource', key: 'service.name' }, limit: 5 })).map((v) => [v.value, v.spans]), [['b', 2], ['a', 1]]);
  const { name, kind, parts } = both.describe();
  assert.deepEqual([name, kind, parts?.length], ['there and here', 'combined', 2]);
});

test('while the others are empty, the one that is not is asked as it is', async () => {
  const there = part('there', THERE);
  const here = part('here', []);
  const both = createCombinedBackend([{ backend: there.backend }, here]);
  assert.equal((await both.search(SEARCH)).totalTraces, 1);
  assert.deepEqual([there.asked, here.asked], [1, 0]);
});

test('spans of one trace in two stores are one trace', async () => {
  const more = aSpan({ traceId: traceId(1), spanId: spanId(7), parentSpanId: spanId(1), service: 'c', start: 4 });
  const both = createCombinedBackend([part('there', [...HERE.slice(0, 1), more]), part('here', HERE)]);
  assert.deepEqual((await both.get(traceId(1)))?.spans.map((s) => s.spanId), [spanId(1), spanId(7)]);
  assert.equal((await both.segment(traceId(1)))?.spanCount, 2);
});

test('a store that cannot be reached does not hide the others, and is told; alone it fails', async () => {
  const both = createCombinedBackend([gone('Jaeger'), part('here', HERE)]);
  const found = await both.search(SEARCH);
  assert.deepEqual([found.totalTraces, found.exact, found.notes], [2, false, ['Jaeger cannot be reached.']]);
  assert.deepEqual(await both.services(), ['a', 'b']);
  await assert.rejects(both.get(traceId(9)), { code: 'upstream' }, 'it may be where nobody can look now');
  const alone = createCombinedBackend([gone('Jaeger'), part('here', [])]);
  await assert.rejects(alone.search(SEARCH), { code: 'upstream' });
  await assert.rejects(alone.services(), { code: 'upstream' });
});
