import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import { openDatabase } from '#server/timeseries/open-database.ts';

const INTERVAL_MS = 400;
const KILLS = 3;

test('a server killed with SIGKILL misses at most the scrape it was in, and goes on with the same series', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'binnacle-killed-'));
  let scrapes = 0;
  const killAt = new Set<number>();
  let kill = (): void => undefined;
  // The page tells how often it was asked, so that every missing scrape shows.
  const target = createServer((_, response) => {
    scrapes++;
    response.setHeader('content-type', 'text/plain').end(`scrapes_total ${scrapes}\n${Array.from({ length: 200 }, (_one, i) => `filler{i="${i}"} ${scrapes}\n`).join('')}`);
    // Right after the answer: the child is reading, storing or already done.
    if (killAt.has(scrapes)) setTimeout(() => kill(), scrapes % 7);
  });
  await new Promise<void>((resolve) => void target.listen(0, '127.0.0.1', resolve));
  const port = (target.address() as AddressInfo).port;
  const answered: number[] = [];
  try {
    for (let round = 0; round < KILLS; round++) {
      killAt.add(scrapes + 5 + round);
      const child = fork(join(import.meta.dirname, 'testing/scrape-forever.ts'), [directory, String(port), String(INTERVAL_MS)], { stdio: 'ignore' });
      kill = () => void child.kill('SIGKILL');
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      assert.equal(signal, 'SIGKILL');
      answered.push(scrapes);
    }
    const database = await openDatabase({ directory });
    const { querier } = database;
    const [series, ...others] = querier.select([{ name: '__name__', op: '=', value: 'scrapes_total' }], { start: 0, end: Infinity });
    const stored = new Set(series?.values);
    assert.deepEqual(others, []);
    assert.ok(![...stored].some(isStaleMarker));
    const missing = Array.from({ length: scrapes }, (_, i) => i + 1).filter((n) => !stored.has(n));
    assert.ok(missing.every((n) => answered.includes(n)), `missing ${missing.join(', ')}, killed in ${answered.join(', ')}`);
    const fillers = querier.select([{ name: '__name__', op: '=', value: 'filler' }], { start: 0, end: Infinity });
    assert.deepEqual(new Set(fillers.map(({ values }) => values.length)), new Set([stored.size]), 'a scrape is stored whole or not at all');
    context.diagnostic(`${KILLS} kills in ${scrapes} scrapes, missing: ${missing.length}`);
    await database.close();
  } finally {
    target.closeAllConnections();
    target.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
