import { availableParallelism } from 'node:os';
import { startThread, type Thread, type ThreadLog } from '#server/traces/threads/start-thread.ts';
import type { BlockRef } from './block-set.ts';
import type { FanOutOptions, Shares } from './segment-source.ts';
import type { CancelFlag, ReaderData, ReaderVerbs, Unit } from './threads/messages.ts';

/** Spans of the row groups that a reader evaluates in one go: what a question may hold others up for, some tens of milliseconds. */
const UNIT_SPANS = 500_000;
const MOST_READERS = 4;

interface Job {
  /** What is left to do, by the reader that had it the last time and so may still have what it read. */
  readonly units: readonly Unit[][];
  readonly parts: Shares[];
  running: number;
  done(error: Error | undefined): void;
}

/**
 * The threads that read blocks. Questions that are asked at the same time get their turns one after another. Each row group
 * has a reader that is asked for it first, so that what was read once need not be kept by all; one that has nothing left to
 * do takes from the others.
 */
export class ReaderPool {
  readonly #readers: readonly Thread<ReaderVerbs>[];
  readonly #idle: Thread<ReaderVerbs>[];
  readonly #urgent: ((reader: Thread<ReaderVerbs>) => Promise<unknown>)[] = [];
  #jobs: Job[] = [];
  #newest = 0;

  private constructor(readers: readonly Thread<ReaderVerbs>[]) {
    this.#readers = readers;
    this.#idle = [...readers];
  }

  /** As many threads as there are processors, four at most; the memory is for all together. */
  static async start(data: ReaderData, log: ThreadLog): Promise<ReaderPool> {
    const count = Math.min(MOST_READERS, Math.max(1, availableParallelism()));
    return new ReaderPool(await Promise.all(Array.from({ length: count }, () => startThread<ReaderVerbs>(new URL('threads/reader-thread.ts', import.meta.url), { name: 'traces reader', data: { ...data, cacheBytes: data.cacheBytes / count }, log }))));
  }

  /** Evaluates all row groups of the blocks in which a span starts within the window. Rejects with what the evaluator threw. */
  evaluate(blocks: readonly BlockRef[], pin: number, task: unknown, window: FanOutOptions['window'], cancel: CancelFlag): Promise<Shares[]> {
    if (pin > this.#newest) {
      this.#newest = pin;
      const ids = blocks.map((block) => block.id);
      // A file that stays open a little longer does no harm; a thread that has ended tells so where it is asked something.
      for (const reader of this.#readers) void reader.ask('forget', [ids, pin]).catch(() => undefined);
    }
    const units = unitsOf(blocks, window, this.#readers.length).map((ofReader) => ofReader.map((wanted): Unit => ({ blocks: wanted, pin, task, cancel })));
    return new Promise((resolve, reject) => {
      const job: Job = {
        units,
        parts: [],
        running: 0,
        done: (error) => {
          this.#jobs = this.#jobs.filter((one) => one !== job);
          if (error === undefined) resolve(job.parts);
          else reject(error);
        },
      };
      if (!hasUnits(job)) {
        resolve([]);
        return;
      }
      this.#jobs.push(job);
      this.#dispatch();
    });
  }

  /** Asks a reader for one trace, before anything else that waits. */
  trace(...args: Parameters<ReaderVerbs['trace']>): Promise<ReturnType<ReaderVerbs['trace']>> {
    return new Promise((resolve, reject) => {
      const [, , head] = args;
      this.#urgent.push((reader) => reader.ask('trace', args, head === undefined ? [] : [head.bytes.buffer]).then(resolve, reject));
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }

  #dispatch(): void {
    for (let reader = this.#idle.pop(); reader !== undefined; reader = this.#idle.pop()) {
      const work = this.#urgent.shift() ?? this.#nextUnit(this.#readers.indexOf(reader));
      if (work === undefined) {
        this.#idle.push(reader);
        return;
      }
      const free = reader;
      void work(free).finally(() => {
        this.#idle.push(free);
        this.#dispatch();
      });
    }
  }

  /** Of the question that waits longest since its last turn, for the reader of this number. */
  #nextUnit(number: number): ((reader: Thread<ReaderVerbs>) => Promise<unknown>) | undefined {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const turn = job;
      const unit = turn.units[number]?.shift() ?? turn.units.reduce((most, other) => (other.length > most.length ? other : most), []).pop();
      if (unit === undefined) continue;
      if (hasUnits(turn)) this.#jobs.push(turn);
      turn.running++;
      return async (reader) => {
        try {
          const part = await reader.ask('evaluate', [unit]);
          turn.parts.push(part);
          turn.running--;
          if (!hasUnits(turn) && turn.running === 0) turn.done(undefined);
        } catch (error) {
          for (const left of turn.units) left.length = 0;
          turn.done(error instanceof Error ? error : new Error(String(error)));
        }
      };
    }
    return undefined;
  }
}

function hasUnits({ units }: Job): boolean {
  return units.some((ofReader) => ofReader.length > 0);
}

/** The row groups that the window needs, newest first, in portions for each reader. */
function unitsOf(blocks: readonly BlockRef[], window: FanOutOptions['window'], readers: number): Unit['blocks'][][] {
  const groups = blocks.flatMap((block) => block.groups.map((group, index) => ({ block, index, ...group })));
  const wanted = groups.filter((g) => window === undefined || (g.minStart <= window.toUnixNano && g.maxStart >= window.fromUnixNano));
  wanted.sort((a, b) => (a.maxStart < b.maxStart ? 1 : a.maxStart > b.maxStart ? -1 : 0));
  return Array.from({ length: readers }, (_, reader) => {
    const units: Map<string, BlockRef & { wanted: number[] }>[] = [];
    let spans = Infinity;
    for (const { block, index, spans: count } of wanted) {
      if (readerOf(block.id, index, readers) !== reader) continue;
      if (spans + count > UNIT_SPANS) {
        units.push(new Map());
        spans = 0;
      }
      spans += count;
      const unit = units.at(-1);
      const known = unit?.get(block.id);
      if (known === undefined) unit?.set(block.id, { ...block, groups: [], wanted: [index] });
      else known.wanted.push(index);
    }
    return units.map((unit) => [...unit.values()]);
  });
}

/** Some neighbours have the same reader, so that one opens not every file. */
function readerOf(block: string, group: number, readers: number): number {
  let hash = Math.floor(group / NEIGHBOURS);
  for (let i = 0; i < block.length; i++) hash = (Math.imul(hash, 31) + block.charCodeAt(i)) >>> 0;
  return hash % readers;
}
const NEIGHBOURS = 8;
