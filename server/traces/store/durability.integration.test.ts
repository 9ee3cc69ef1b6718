import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { traceId } from '#server/traces/testing/a-span.ts';
import { openTestWriter, readTrace, readTraces } from '#server/traces/testing/test-writer.ts';

const KILLS = 20;

/** Seeded: the same times of killing in each run. */
function delays(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % 120;
}

test(`what was acknowledged is there, once, after each of ${KILLS} times of being killed`, { timeout: 120_000 }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'trace-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const delay = delays(1);
  const acknowledged: number[] = [];
  let from = 1;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../testing/append-until-killed.ts'), directory, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    let seen = 0;
    const lines = createInterface({ input: child.stdout });
    const enough = Promise.withResolvers<void>();
    lines.on('line', (line) => {
      acknowledged.push(Number(line));
      from = Math.max(from, Number(line) + 10);
      if (++seen === 1) enough.resolve();
    });
    child.once('exit', () => enough.reject(new Error('the program ended on its own')));
    await enough.promise;
    await setTimeout(delay());
    child.removeAllListeners('exit');
    const gone = Promise.all([once(child, 'exit'), once(lines, 'close')]);
    child.kill('SIGKILL');
    await gone;
  }
  const problems: unknown[] = [];
  const writer = await openTestWriter(directory, { tell: (level, fields, message) => level !== 'info' && problems.push({ ...fields, message }) });
  t.after(() => writer.close());
  const traces = readTraces(writer);
  for (const n of acknowledged) {
    const spans = traces.get(traceId(n));
    assert.deepEqual(spans?.map((span) => span.spanId.at(-1)), ['1', '2', '3'], `trace ${n}`);
    assert.equal(spans?.[0]?.attributes['n'], n);
  }
  assert.ok(acknowledged.length > KILLS, 'something was stored each time');
  assert.ok(writer.blocks.all.length > 0, 'and blocks were written');
  assert.equal(readTrace(writer, traceId(acknowledged[0] ?? 0)).length, 3);
  assert.deepEqual(problems, []);
});
