import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { traceOfSegment } from '#server/traces/core/trace-of-segment.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { packSegment } from '#server/traces/segment/packed-segment.ts';
import { elevenAttributes, shapedTrace } from '#server/traces/testing/shaped-trace.ts';
import type { TraceEncoding } from './encode-trace.ts';
import { LastingThread } from './lasting-thread.ts';
import { createTraceWork, workInPlace, type TraceWork } from './trace-work.ts';

const SEGMENT = buildSegment(shapedTrace('8-ary', 8_000, elevenAttributes));
const SMALL = buildSegment(shapedTrace('8-ary', 50, elevenAttributes));
const ENCODINGS: readonly TraceEncoding[] = [{ as: 'otlp-json', line: true }, { as: 'otlp-protobuf' }, { as: 'resource-spans' }, { as: 'jaeger', raw: false, indent: 4 }, { as: 'tempo-json', version: 2 }, { as: 'tempo-protobuf', version: 1 }, { as: 'view' }];

const work = createTraceWork();
after(() => work.close());

test('a trace in a thread answers as one in place', async () => {
  const [here, there] = await Promise.all([workInPlace, work].map((by) => by.open(packSegment(SEGMENT))));
  assert.ok(here !== undefined && there !== undefined);
  assert.deepEqual([there.traceId, there.version, there.count], [here.traceId, here.version, 8_000]);
  assert.ok(Buffer.from(there.bytes).equals(here.bytes));
  for (const text of ['catalog-3', '{ span.url.path = "/items/7" }']) assert.deepEqual(await there.find(text), await here.find(text), text);
  assert.deepEqual(await there.details([7, 7_999]), await here.details([7, 7_999]));
  assert.deepEqual(await there.statistics({ by: 'service', within: 'span.cached' }), await here.statistics({ by: 'service', within: 'span.cached' }));
  await assert.rejects(there.find('{ .a = }'), (error: { code: string; causes: { field: string }[] }) => error.code === 'bad-request' && error.causes[0]?.field === 'q');
  there.close();
  await assert.rejects(there.find('catalog'), { code: 'conflict' });
});

test('what is written and compared in a thread is the same', async (t) => {
  const trace = traceOfSegment(SMALL);
  const eager = createTraceWork({ spansInPlace: 0 });
  t.after(() => eager.close());
  for (const encoding of ENCODINGS) {
    const here = Buffer.from(await workInPlace.encode(trace, encoding));
    for (const given of [trace, packSegment(SMALL)]) assert.ok(here.equals(await eager.encode(given, encoding)), encoding.as);
  }
  assert.deepEqual(await work.compare(packSegment(SEGMENT), SMALL, 10), await workInPlace.compare(packSegment(SEGMENT), SMALL, 10));
});

test('many traces are gathered the same in a thread, and let go of', async () => {
  for (const task of [{ kind: 'sets', spansSampled: 100 }, { kind: 'critical-path' }] as const) {
    const [here, there] = await Promise.all([workInPlace, work].map(async (by) => {
      const gatherer = by.gather(task);
      for (const side of ['a', 'b', 'b'] as const) await gatherer.add(side, side === 'a' ? packSegment(SEGMENT) : SMALL);
      const gathered = await gatherer.finish(20);
      gatherer.close();
      return { gathered, gatherer };
    }));
    assert.deepEqual(there?.gathered, here?.gathered);
    await assert.rejects(there?.gatherer.add('a', SMALL) ?? Promise.resolve(), { message: 'it was given up' });
  }
});

test('the thread that answers requests does little of the work on a large trace', async () => {
  const use = async (by: TraceWork): Promise<number> => {
    const packed = [packSegment(SEGMENT), packSegment(SEGMENT)] as const;
    const before = process.threadCpuUsage();
    const trace = await by.open(packed[0]);
    await trace.find('nothing');
    await by.encode(packed[1], { as: 'otlp-json' });
    const { user, system } = process.threadCpuUsage(before);
    return user + system;
  };
  await use(work);
  await use(workInPlace);
  const [here, there] = [await use(workInPlace), await use(work)];
  assert.ok(there * 4 < here, `${there} µs of this thread's time, ${here} µs when it does all of it`);
});

test('a page does not wait for an export that was asked before', async () => {
  const trace = await work.open(packSegment(SEGMENT));
  const order: string[] = [];
  const written = work.encode(packSegment(SEGMENT), { as: 'otlp-json' }).then(() => order.push('export'));
  await trace.find('catalog-3').then(() => order.push('find'));
  await written;
  assert.deepEqual(order, ['find', 'export']);
});

test('when a thread ends, what it had is told to be gone and the next question starts another', async (t) => {
  const thread = new LastingThread('test');
  t.after(() => thread.close());
  const { life } = thread;
  const head = await thread.ask(life, 'open', [1, packSegment(SMALL)]);
  const running = thread.ask(life, 'encode', [packSegment(SEGMENT), { as: 'otlp-json' }]);
  await (await life.started).kill();
  await assert.rejects(running, { code: 'overloaded' });
  assert.equal(life.ended, true);
  assert.deepEqual((await thread.ask(thread.life, 'open', [1, packSegment(SMALL)])).version, head.version);
});
