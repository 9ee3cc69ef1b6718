import { Worker } from 'node:worker_threads';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { EngineOptions } from '#server/promql/engine.ts';
import { MAX_CALLS, WorkerCalls } from './worker-calls.ts';
import type { DatabaseSettings, FromWorker, MetricsWorkerData, ToWorker, WorkerAnswers } from './worker-protocol.ts';

export interface WorkerHostOptions {
  readonly database: DatabaseSettings;
  readonly engine: EngineOptions;
  /** Most memory of the thread for objects, in MiB. */
  readonly heapMegabytes: number | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when the thread ended on its own. What is delivered until `restart` must be in the log, where the next thread finds it. */
  readonly onCrash: () => void;
}

export type OpenedDatabase = Extract<FromWorker, { kind: 'opened' }>;

/** Bytes of commits that may wait for the thread before further ones have to wait themselves. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/** The metrics thread as seen from the others: gives it commits, asks it, and starts it again from disk. */
export class MetricsWorkerHost {
  readonly calls: WorkerCalls;
  readonly #options: WorkerHostOptions;
  readonly #flags = new SharedArrayBuffer(MAX_CALLS * Int32Array.BYTES_PER_ELEMENT);
  #worker: Worker | undefined;
  #opened = false;
  #backlog = 0;
  #crashes = 0;
  #closing = false;
  #waitingForRoom: (() => void)[] = [];

  private constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.calls = new WorkerCalls({ flags: this.#flags, clock: options.clock, post: (message) => this.#post(message) });
  }

  /** Starts the thread and waits until its database is open. Rejects with the reason when it cannot be. */
  static async start(options: WorkerHostOptions): Promise<{ readonly host: MetricsWorkerHost; readonly opened: OpenedDatabase }> {
    const host = new MetricsWorkerHost(options);
    return { host, opened: await host.#spawn(options.database) };
  }

  /** Bytes of commits the thread has not applied yet. */
  get backlogBytes(): number {
    return this.#backlog;
  }
  /** How often the thread ended on its own. */
  get crashes(): number {
    return this.#crashes;
  }
  /** Whether queries are answered now. */
  get isUp(): boolean {
    return this.#worker !== undefined && this.#opened;
  }

  /** Gives a commit to the thread; while there is none it is left to the log. */
  deliver(bytes: Uint8Array<ArrayBuffer>): void {
    const size = bytes.byteLength;
    if (this.#post({ kind: 'commit', bytes }, [bytes.buffer])) this.#backlog += size;
  }

  /** Undefined when there is room for a commit, else resolves when there is. */
  room(): Promise<void> | undefined {
    return this.#backlog < MAX_BACKLOG_BYTES ? undefined : new Promise((resolve) => this.#waitingForRoom.push(resolve));
  }

  /** Asks for an upkeep. Rejects with QueryError. */
  async ask<K extends keyof WorkerAnswers>(make: (id: number) => Extract<ToWorker, { kind: K }>): Promise<WorkerAnswers[K]> {
    // Safe because the thread answers each kind with its own.
    return (await this.calls.run(make)) as WorkerAnswers[K];
  }

  /** Starts the thread again. It reads the log up to `replayThrough`; later commits are delivered to it from now on. */
  restart(replayThrough: number): Promise<OpenedDatabase> {
    return this.#spawn({ ...this.#options.database, replayThrough });
  }

  /** Lets the thread finish and ends it. */
  async close(): Promise<void> {
    this.#closing = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    this.calls.giveUpAll();
    const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    await this.ask((id) => ({ kind: 'close', id })).catch((error: unknown) => {
      this.#options.log.warn({ error: String(error) }, 'the metrics thread did not close in order');
      return worker.terminate();
    });
    await gone;
  }

  #post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): boolean {
    this.#worker?.postMessage(message, transfer);
    return this.#worker !== undefined;
  }

  #spawn(database: DatabaseSettings): Promise<OpenedDatabase> {
    const data: MetricsWorkerData = { database, engine: this.#options.engine, flags: this.#flags };
    const { heapMegabytes } = this.#options;
    const worker = new Worker(new URL('./metrics-worker.ts', import.meta.url), { workerData: data, name: 'metrics', ...(heapMegabytes === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } }) });
    this.#worker = worker;
    this.#opened = false;
    return new Promise((resolve, reject) => {
      let reason = 'the metrics thread ended while it was opening the database';
      worker.on('message', (message: FromWorker) => {
        switch (message.kind) {
          case 'opened':
            this.#opened = true;
            resolve(message);
            break;
          case 'unopened':
            reason = message.message;
            break;
          case 'applied':
            this.#backlog -= message.bytes;
            if (this.#backlog < MAX_BACKLOG_BYTES) this.#makeRoom();
            break;
          case 'answer':
          case 'failure':
            this.calls.settle(message);
            break;
        }
      });
      worker.on('error', (error) => {
        reason = error instanceof Error ? error.message : String(error);
        this.#options.log.error({ error: error instanceof Error ? (error.stack ?? reason) : reason }, 'the metrics thread failed');
      });
      worker.on('exit', (code) => {
        const wasOpen = this.#opened;
        this.#worker = undefined;
        this.#opened = false;
        this.#backlog = 0;
        this.#makeRoom();
        this.calls.rejectAll();
        reject(new Error(reason));
        if (this.#closing || !wasOpen) return;
        this.#crashes++;
        this.#options.log.error({ code }, 'the metrics thread ended; it is started again from disk');
        this.#options.onCrash();
      });
    });
  }

  #makeRoom(): void {
    for (const resolve of this.#waitingForRoom.splice(0)) resolve();
  }
}
