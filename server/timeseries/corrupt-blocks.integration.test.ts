import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CHUNKS_FILE, INDEX_FILE, META_FILE } from './block-format.ts';
import { blockMetaText, readBlockMeta } from './block-meta.ts';
import { EMPTY_COMMIT } from './commit.ts';
import { openDatabase } from './open-database.ts';
import type { SeriesSamples } from './storage.ts';
import { LogAndDatabase } from './testing/log-and-database.ts';

const RANGE_MS = 60_000;
const SERIES = 40;
const OPTIONS = { blockRangeMs: RANGE_MS };
const ALL = { start: -Infinity, end: Infinity };
let root = '';
let whole = '';

/** Samples as `series time value`, so that what is missing and what is wrong can be told apart. */
function rows(selected: readonly SeriesSamples[]): Set<string> {
  return new Set(selected.flatMap((one) => Array.from(one.timestamps, (time, i) => `${one.labels['series']} ${time} ${one.values[i]}`)));
}
async function contentOf(directory: string): Promise<{ rows: Set<string>; warnings: string; corruptBlocks: number; corruptPages: number }> {
  const database = await openDatabase({ directory, ...OPTIONS });
  try {
    const selected = database.querier.select([{ name: '__name__', op: '=', value: 'm' }], ALL);
    const { corruptBlocks, corruptPages } = database.stats();
    const later = await database.maintain(0);
    return { rows: rows(selected), warnings: [...database.recovered.warnings, ...later.warnings].join('\n'), corruptBlocks, corruptPages };
  } finally {
    await database.close();
  }
}
function copyOf(name: string): string {
  const copy = join(root, name);
  cpSync(whole, copy, { recursive: true });
  return copy;
}
function firstBlock(directory: string): string {
  const [name] = readdirSync(join(directory, 'blocks')).sort();
  assert.ok(name !== undefined);
  return join(directory, 'blocks', name);
}

let everything = new Set<string>();
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'binnacle-corrupt-'));
  whole = join(root, 'whole');
  await mkdir(whole);
  const store = await LogAndDatabase.open(whole, OPTIONS);
  await store.write({ ...EMPTY_COMMIT, series: Array.from({ length: SERIES }, (_, i) => ({ ref: i + 1, labels: { __name__: 'm', series: String(i) } })) });
  for (let step = 0; step < 300; step++) {
    const value = (i: number): number => Math.sin(step * (i + 1));
    await store.write({ ...EMPTY_COMMIT, count: SERIES, refs: Int32Array.from({ length: SERIES }, (_, i) => i + 1), timestamps: new Float64Array(SERIES).fill(step * 1000), values: Float64Array.from({ length: SERIES }, (_, i) => value(i)) });
  }
  assert.ok((await store.database.maintain(300_000)).written >= 3);
  await store.snapshot();
  await store.close();
  everything = (await contentOf(whole)).rows;
  assert.equal(everything.size, SERIES * 300);
});
after(() => rm(root, { recursive: true, force: true }));

for (const file of [META_FILE, INDEX_FILE, CHUNKS_FILE]) {
  test(`a changed byte anywhere in ${file} of a block costs no more than that block, and gives no wrong sample`, async () => {
    const copy = copyOf(`changed-${file}`);
    const path = join(firstBlock(copy), file);
    const bytes = readFileSync(path);
    for (let i = 0; i < 25; i++) {
      const changed = Buffer.from(bytes);
      const at = Math.floor((i / 25) * bytes.length);
      changed[at] = (changed[at] ?? 0) ^ (1 + (i % 3));
      writeFileSync(path, changed);
      const found = await contentOf(copy);
      for (const row of found.rows) assert.ok(everything.has(row), `${row} with byte ${at} changed`);
      assert.ok(found.rows.size >= everything.size - SERIES * 60, `${found.rows.size} rows with byte ${at} changed`);
      if (file === CHUNKS_FILE) assert.deepEqual([found.corruptBlocks, found.corruptPages > 0], [0, true]);
      else {
        assert.equal(found.corruptBlocks, 1);
        assert.match(found.warnings, /set aside the metrics block .* as corrupt-block-0000/);
        await rm(copy, { recursive: true, force: true });
        copyOf(`changed-${file}`);
      }
      writeFileSync(path, bytes);
    }
  });
}

for (const file of [META_FILE, INDEX_FILE, CHUNKS_FILE]) {
  test(`a block whose ${file} is cut off is set aside, and the others stay`, async () => {
    const copy = copyOf(`cut-${file}`);
    truncateSync(join(firstBlock(copy), file), 10);
    const found = await contentOf(copy);
    assert.equal(found.corruptBlocks, 1);
    assert.equal(found.rows.size, everything.size - SERIES * 60);
    assert.ok(readdirSync(join(copy, 'blocks')).some((name) => name.startsWith('corrupt-block-')));
    assert.equal((await contentOf(copy)).corruptBlocks, 0);
  });
}

test('a directory that a crash has left half written is removed', async () => {
  const copy = copyOf('half');
  await mkdir(join(copy, 'blocks', 'block-00000099.tmp'));
  assert.equal((await contentOf(copy)).rows.size, everything.size);
  assert.ok(!readdirSync(join(copy, 'blocks')).includes('block-00000099.tmp'));
});

test('blocks that were compacted into one and not deleted before a crash are deleted at the next start', async () => {
  const copy = copyOf('parents');
  const blocks = join(copy, 'blocks');
  const names = readdirSync(blocks).sort();
  const path = join(blocks, names.at(-1) ?? '', META_FILE);
  writeFileSync(path, blockMetaText({ ...(await readBlockMeta(join(path, '..'))), parents: [names[0] ?? ''] }));
  const found = await contentOf(copy);
  assert.equal(readdirSync(blocks).includes(names[0] ?? ''), false);
  assert.equal(found.rows.size, everything.size - SERIES * 60);
});
