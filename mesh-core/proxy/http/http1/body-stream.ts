import { Readable } from 'node:stream';
import type { Trailers } from '../message.ts';

const HIGH_WATER_BYTES = 64 * 1024;

/** A body that arrives piece by piece; its reader's pace goes back to the connection. */
export class BodyStream extends Readable {
  /** What followed the body; set before its end. */
  trailers: Trailers | undefined;
  readonly #onWanted: () => void;
  readonly #onGivenUp: () => void;

  /** `onWanted`: more may be pushed; `onGivenUp`: the reader let go of it before its end. */
  constructor(onWanted: () => void, onGivenUp: () => void) {
    super({ highWaterMark: HIGH_WATER_BYTES });
    this.#onWanted = onWanted;
    this.#onGivenUp = onGivenUp;
    // Whoever reads it learns of a break by `close`; an error nobody listens for would end the process.
    this.on('error', () => {});
  }

  override _read(): void {
    this.#onWanted();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.readableEnded) this.#onGivenUp();
    done(error);
  }
}
