import type { Readable } from 'node:stream';
import type { BodySink, Trailers } from './message.ts';

/** Of what a request body is kept for another try. */
export const REPLAY_LIMIT_BYTES = 64 * 1024;
/** A mirror that lags more than this is given up: it must not slow the request down. */
const TEE_LIMIT_BYTES = 1024 * 1024;

/** Shared, so that a request without body makes no list; never written to. */
const NOTHING: Buffer[] = [];

/**
 * A request body that is streamed to the upstream with backpressure and can be sent again from its beginning as long as
 * no more than `limit` bytes of it have been read. Nothing is kept once `commit` is called or the limit is passed.
 */
export class ReplayableBody {
  readonly #source: Readable | undefined;
  readonly #trailers: (() => Trailers | undefined) | undefined;
  readonly #limit: number;
  #kept: Buffer[] = NOTHING;
  #tees: Set<BodySink> | undefined;
  #onComplete: (() => void)[] | undefined;
  #sink: BodySink | undefined;
  #started = false;
  #replayable = true;
  #complete: boolean;
  /** The body, if it was there at once; nothing needs to be attached then. */
  readonly whole: Buffer | undefined;
  bytes = 0;

  /** A `source` that is there as a whole can always be sent again. */
  constructor(source: Readable | Buffer | undefined, limit: number, trailers?: () => Trailers | undefined) {
    this.#limit = limit;
    this.#trailers = trailers;
    if (source === undefined || Buffer.isBuffer(source)) {
      this.#source = undefined;
      this.#complete = true;
      this.whole = source;
      this.bytes = source?.length ?? 0;
    } else {
      this.#source = source;
      this.#complete = false;
      this.whole = undefined;
    }
  }

  /** Must it be attached to be sent? */
  get streamed(): boolean {
    return this.#source !== undefined;
  }

  /** Can the body be sent again? */
  get replayable(): boolean {
    return this.#replayable || this.#source === undefined;
  }

  /** Has all of it been received from the client? */
  get complete(): boolean {
    return this.#complete;
  }

  /** Runs `fn` when the whole body has been received; at once if it has. */
  onComplete(fn: () => void): void {
    if (this.#complete) fn();
    else (this.#onComplete ??= []).push(fn);
  }

  /** Sends the body to `sink` and ends it; what was kept first. Replaces an earlier sink. */
  attach(sink: BodySink): void {
    this.#sink = sink;
    for (const chunk of this.#kept) sink.write(chunk);
    if (this.#complete) {
      sink.end(this.#trailers?.());
      return;
    }
    sink.onDrain(() => {
      if (this.#sink === sink) this.#source?.resume();
    });
    this.#start();
    if (!sink.needsDrain) this.#source?.resume();
  }

  /** Stops sending; the client is held back until the next `attach`. */
  detach(): void {
    this.#sink = undefined;
    if (!this.#complete) this.#source?.pause();
  }

  /** Copies the body to `sink` as well, as far as it keeps up. Call before `attach`. */
  tee(sink: BodySink): void {
    (this.#tees ??= new Set()).add(sink);
  }

  /** No further try will come. */
  commit(): void {
    this.#replayable = false;
    this.#kept = NOTHING;
  }

  #start(): void {
    const source = this.#source;
    if (this.#started || source === undefined) return;
    this.#started = true;
    source.on('data', (chunk: Buffer) => this.#onData(chunk));
    source.on('end', () => {
      this.#complete = true;
      const trailers = this.#trailers?.();
      this.#sink?.end(trailers);
      for (const tee of this.#tees ?? []) tee.end(trailers);
      for (const fn of this.#onComplete ?? []) fn();
    });
  }

  #onData(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.#replayable) {
      if (this.bytes > this.#limit) this.commit();
      else if (this.#kept === NOTHING) this.#kept = [chunk];
      else this.#kept.push(chunk);
    }
    for (const tee of this.#tees ?? []) {
      if (tee.pendingBytes > TEE_LIMIT_BYTES || tee.destroyed) {
        this.#tees?.delete(tee);
        tee.destroy();
      } else tee.write(chunk);
    }
    if (this.#sink === undefined || !this.#sink.write(chunk)) this.#source?.pause();
  }
}
