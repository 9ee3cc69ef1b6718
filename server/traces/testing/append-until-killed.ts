import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { openTraceStore } from '#server/traces/store/open-trace-store.ts';
import { aSpan, spanId, traceId } from './a-span.ts';

// A program for the durability test: stores traces of three spans from a number on, several at a time, and prints the
// number of each once it is acknowledged. The head is so small that blocks are written all the while.
const [directory = '.', from = '1'] = process.argv.slice(2);
const store = await openTraceStore({ directory, retentionMs: 3_600_000, maxBytes: 1e9, headBytes: 40_000, clock: systemClock, log: silentLogger });
async function storeEvery(first: number, step: number): Promise<void> {
  for (let n = first; ; n += step) {
    await store.append([0, 1, 2].map((i) => aSpan({ traceId: traceId(n), spanId: spanId(i + 1), start: n, attributes: { n, text: 'x'.repeat(200) } })));
    process.stdout.write(`${n}\n`);
  }
}
await Promise.all([0, 1, 2].map((i) => storeEvery(Number(from) + i, 3)));
