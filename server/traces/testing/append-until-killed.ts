import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { openTraceStore } from '#server/traces/store/open-trace-store.ts';
import { aSpan, traceId } from './a-span.ts';

// A program for the durability test: stores trace after trace and prints the number of each once it is acknowledged.
const store = await openTraceStore({ directory: process.argv[2] ?? '.', retentionMs: 3_600_000, maxBytes: 1e9, clock: systemClock, log: silentLogger });
for (let i = 1; ; i++) {
  await store.append([aSpan({ traceId: traceId(i) })]);
  process.stdout.write(`${i}\n`);
}
