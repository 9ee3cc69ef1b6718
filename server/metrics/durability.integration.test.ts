import assert from 'node:assert/strict';
import { execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { seededRandom } from '#mesh-core/runtime/random.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { isInstalled } from '#server/prometheus-api/testing/running-prometheus.ts';
import type { StoreState } from '#server/timeseries/ingester.ts';
import { openMetricsThread } from './metrics-thread.ts';
import { BASE_MS, ROUND_MS, roundAt, seriesOf, valueOf, WRITERS } from './testing/ingested-data.ts';

type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'kept-up' }
  | { readonly kind: 'upkeep-failed'; readonly message: string }
  | { readonly kind: 'stored'; readonly writer: number; readonly step: number }
  | { readonly kind: 'refused'; readonly message: string; readonly state: StoreState };

const ENTRY = join(import.meta.dirname, 'testing/ingest-forever.ts');
const KILLS = 50;
const LONGEST_LIFE_MS = 600;
const READY_MS = 30_000;

/** When a process is killed: some time after its start, after it is ready, or after it once wrote blocks and a snapshot. */
type From = 'start' | 'ready' | 'kept-up';

test(`after ${KILLS} kills at any moment every acknowledged sample is there, and no start has failed`, async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'binnacle-durability-'));
  const seed = Number(process.env['BINNACLE_SEED'] ?? Date.now() % 1_000_000);
  const random = seededRandom(seed);
  const seen = { segments: 0, snapshots: 0, blocks: 0, unfinished: 0 };
  /** The steps of each writer that were acknowledged: those below, but for the ones a kill lost. */
  const acknowledged = Array.from({ length: WRITERS }, () => new Set<number>());
  const next = Array.from({ length: WRITERS }, () => 0);
  let killedBeforeReady = 0;
  const onStored = (writer: number, step: number): void => {
    acknowledged[writer]?.add(step);
    next[writer] = Math.max(next[writer] ?? 0, step + 1);
  };
  try {
    // Ends in order, which also leaves what was compiled for the others.
    await liveAndDie(directory, next, { from: 'kept-up', lifeMs: 0, how: 'asked' }, onStored);
    for (let kill = 0; kill < KILLS; kill++) {
      // What was on its way may be there or not: the next process goes on after it, all writers at the same even step.
      next.fill((Math.max(...next) + 3) & ~1);
      const from = random() < 0.2 ? 'start' : random() < 0.6 ? 'ready' : 'kept-up';
      const life = await liveAndDie(directory, next, { from, lifeMs: random() * LONGEST_LIFE_MS, how: 'killed' }, onStored);
      if (!life.ready) killedBeforeReady++;
      const names = readdirSync(directory, { recursive: true }).map(String);
      seen.segments = Math.max(seen.segments, names.filter((name) => /^wal-\d+$/.test(name)).length);
      seen.snapshots += names.some((name) => /^snapshot-\d+$/.test(name)) ? 1 : 0;
      seen.blocks = Math.max(seen.blocks, names.filter((name) => /(^|\/)block-\d+$/.test(name)).length);
      seen.unfinished += names.some((name) => name.includes('.tmp')) ? 1 : 0;
    }
    assert.ok(seen.snapshots > 0 && seen.blocks > 0, `snapshots and blocks were written between the kills: ${JSON.stringify(seen)}`);
    const samples = await verify(directory, acknowledged);
    context.diagnostic(
      `seed ${seed}: ${KILLS} kills (${killedBeforeReady} while it was starting), ${acknowledged.reduce((sum, one) => sum + one.size, 0)} acknowledged batches, ${samples} samples, none lost, no failed start; ` +
        `at most ${seen.segments} segments and ${seen.blocks} blocks, snapshots at ${seen.snapshots} kills, unfinished files at ${seen.unfinished}`,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
    rmSync(`${directory}-compiled`, { recursive: true, force: true });
  }
});

test('a full disk: samples are refused with the reason, and stored again by itself when there is space', { skip: !isInstalled('prlimit') && 'prlimit (util-linux) is not installed', timeout: 90_000 }, async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'binnacle-full-'));
  // What the operating system says of a file that may not grow is what it says of a full disk, but for the code.
  const child = spawn('bash', ['-c', 'ulimit -S -f 6; exec "$0" "$@"', process.execPath, ENTRY, directory], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, BINNACLE_LOG_LEVEL: 'warn' } });
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  const acknowledged = Array.from({ length: WRITERS }, () => new Set<number>());
  const gone = new Promise((resolve) => child.once('close', resolve));
  let refusals = 0;
  let storedAfter = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: ChildMessage) => {
        if (message.kind === 'stored') {
          acknowledged[message.writer]?.add(message.step);
          if (refusals > 0 && ++storedAfter >= 100) resolve();
        } else if (message.kind === 'refused' && refusals++ === 0) {
          assert.match(message.message, /takes no samples: its log cannot be written \(EFBIG/);
          assert.equal(message.state.kind, 'refusing');
          execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:']);
        }
      });
      void gone.then(() => reject(new Error(`the process ended:\n${output}`)));
    });
    child.kill('SIGKILL');
    await gone;
    context.diagnostic(`${refusals} refused batches, ${acknowledged.reduce((sum, one) => sum + one.size, 0)} acknowledged, ${await verify(directory, acknowledged)} samples there`);
  } finally {
    child.kill('SIGKILL');
    await gone;
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Runs the writers in a process until it is killed or asked to end. Rejects when it ends in another way or does not start. */
async function liveAndDie(directory: string, firstSteps: readonly number[], end: { readonly from: From; readonly lifeMs: number; readonly how: 'killed' | 'asked' }, onStored: (writer: number, step: number) => void): Promise<{ readonly ready: boolean }> {
  const child = fork(ENTRY, [directory, ...firstSteps.map(String)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, BINNACLE_LOG_LEVEL: 'warn', NODE_COMPILE_CACHE: `${directory}-compiled` } });
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  const seen = { start: true, ready: false, 'kept-up': 0 };
  let began = false;
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
    const beginEnd = (): void => {
      if (began || !seen[end.from] || (end.from === 'kept-up' && seen['kept-up'] < 2)) return;
      began = true;
      clearTimeout(timer);
      timer = setTimeout(() => (end.how === 'killed' ? child.kill('SIGKILL') : child.send('end')), end.lifeMs);
    };
    beginEnd();
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'refused' || message.kind === 'upkeep-failed') {
        // While it closes it does nothing.
        if (!began || end.how === 'killed') reject(new Error(message.message));
      } else if (message.kind === 'stored') onStored(message.writer, message.step);
      else if (message.kind === 'ready') seen.ready = true;
      else seen['kept-up']++;
      beginEnd();
    });
    // Not `exit`: messages may still be on their way then.
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (began && (end.how === 'killed' ? signal === 'SIGKILL' : code === 0)) resolve({ ready: seen.ready });
      else reject(new Error(`a start failed (${signal ?? `exit ${code}`}, ${seen.ready ? 'ready' : 'not ready'}):\n${output}`));
    });
  });
}

/** Opens what the last process left and compares; gives how many samples were acknowledged. */
async function verify(directory: string, acknowledged: readonly ReadonlySet<number>[]): Promise<number> {
  const store = await openMetricsThread({ directory, retentionMs: 1e12, outOfOrderWindowMs: 20 * ROUND_MS, blockRangeMs: 60 * ROUND_MS, clock: systemClock, log: silentLogger });
  let samples = 0;
  try {
    for (const [writer, steps] of acknowledged.entries()) {
      const { value } = await store.backend.query(`durable{writer="${writer}"}[1000w]`, { time: BASE_MS / 1000 + 1e6 });
      assert.ok(value.resultType === 'matrix');
      const found = new Map(value.result.map(({ metric, values }) => [`${metric['i']}/${metric['pod'] ?? ''}`, new Map(values)]));
      for (const step of steps) {
        const round = roundAt(writer, step);
        for (const [i, labels] of seriesOf(writer, round).entries()) {
          const got = found.get(`${labels['i']}/${labels['pod'] ?? ''}`)?.get((BASE_MS + round * ROUND_MS) / 1000);
          assert.equal(got, valueOf(writer, round, i), `writer ${writer}, round ${round}, series ${i}`);
          samples++;
        }
      }
      for (const { values } of value.result) assert.ok(values.every(([time], i) => i === 0 || time > (values[i - 1]?.[0] ?? 0)), 'in order, each time once');
    }
  } finally {
    await store.close();
  }
  return samples;
}
