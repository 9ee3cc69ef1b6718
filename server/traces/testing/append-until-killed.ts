import { openTestWriter } from './test-writer.ts';
import { aSpan, spanId, traceId } from './a-span.ts';

// A program for the durability test: stores traces of three spans from a number on, several at a time, and prints the
// number of each once it is acknowledged. The head is so small that blocks are written and merged all the while.
const [directory = '.', from = '1'] = process.argv.slice(2);
const writer = await openTestWriter(directory, { headBytes: 40_000 });
async function storeEvery(first: number, step: number): Promise<void> {
  for (let n = first; ; n += step) {
    const spans = [1, 2, 3].map((i) => aSpan({ traceId: traceId(n), spanId: spanId(i), start: n, attributes: { n, text: 'x'.repeat(200) } }));
    // The trace grows while blocks are written: late spans join it.
    await writer.append(spans.slice(0, 2), Date.now());
    await writer.append(spans.slice(1), Date.now());
    process.stdout.write(`${n}\n`);
  }
}
await Promise.all([0, 1, 2].map((i) => storeEvery(Number(from) + i, 3)));
