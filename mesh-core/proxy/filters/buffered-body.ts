import { Readable } from 'node:stream';

/** The first part of a body. */
export interface BodyStart {
  /** At most `limit` bytes and what came with the last of them. */
  readonly bytes: Buffer;
  /** Is that all of it? */
  readonly complete: boolean;
  /** The whole body again, for whoever reads it next. */
  readonly body: Readable | Buffer;
}

/**
 * Reads a body until it ends or `limit` bytes are there, and calls back once. What was read is not lost: `body` begins with it.
 * A body that breaks off before calls nothing; the request is then over anyway.
 */
export function bufferStart(source: Readable | Buffer, limit: number, done: (start: BodyStart) => void): void {
  if (Buffer.isBuffer(source)) {
    done({ bytes: source, complete: true, body: source });
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  const stop = (): void => {
    source.off('data', onData);
    source.off('end', onEnd);
  };
  const onEnd = (): void => {
    stop();
    const bytes = Buffer.concat(chunks);
    done({ bytes, complete: true, body: bytes });
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < limit) return;
    source.pause();
    stop();
    const bytes = Buffer.concat(chunks);
    done({ bytes, complete: false, body: prepend(bytes, source) });
  };
  source.on('data', onData);
  source.on('end', onEnd);
  source.resume();
}

function prepend(bytes: Buffer, rest: Readable): Readable {
  let isFirst = true;
  const joined = new Readable({
    read() {
      if (isFirst) {
        isFirst = false;
        if (!this.push(bytes)) return;
      }
      rest.resume();
    },
    destroy(error, callback) {
      rest.destroy(error ?? undefined);
      callback(error);
    },
  });
  rest.on('data', (chunk: Buffer) => {
    if (!joined.push(chunk)) rest.pause();
  });
  rest.on('end', () => joined.push(null));
  rest.on('error', (error) => joined.destroy(error));
  rest.pause();
  return joined;
}
