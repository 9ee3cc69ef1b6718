import type { Duplex, Readable } from 'node:stream';
import type { Trailers } from '../message.ts';
import { chunkSizeLine, lastChunk } from './write-head.ts';

export interface AnswerBodyParts {
  readonly socket: Duplex;
  /** Sent with the first piece if that is there already, and alone if it is late. */
  readonly head: string;
  readonly body: Readable;
  readonly chunked: boolean;
  readonly trailers: (() => Trailers | undefined) | undefined;
  readonly onBytes: (bytes: number) => void;
  readonly onEnd: () => void;
}

/** Writes a streamed body at the pace of the connection. A body that breaks off breaks the connection. */
export class AnswerBody {
  readonly #parts: AnswerBodyParts;
  #head: string;

  constructor(parts: AnswerBodyParts) {
    this.#parts = parts;
    this.#head = parts.head;
    const { body, socket } = parts;
    body.on('data', (piece: Buffer) => this.#onPiece(piece));
    body.on('end', () => this.#onEnd());
    body.on('close', () => {
      if (!body.readableEnded) socket.destroy();
    });
    setImmediate(() => this.#sendHead());
  }

  /** The connection takes more. */
  resume(): void {
    this.#parts.body.resume();
  }

  /** The connection is gone. */
  giveUp(): void {
    this.#parts.body.destroy();
  }

  #sendHead(): void {
    if (this.#head === '' || !this.#parts.socket.writable) return;
    this.#parts.socket.write(this.#head, 'latin1');
    this.#head = '';
  }

  #onPiece(piece: Buffer): void {
    const { socket, chunked, body, onBytes } = this.#parts;
    if (!socket.writable || piece.length === 0) return;
    onBytes(piece.length);
    socket.cork();
    this.#sendHead();
    if (chunked) socket.write(chunkSizeLine(piece.length), 'latin1');
    let more = socket.write(piece);
    if (chunked) more = socket.write('\r\n', 'latin1');
    socket.uncork();
    if (!more && socket.writableNeedDrain) body.pause();
  }

  #onEnd(): void {
    const { socket, chunked, trailers, onEnd } = this.#parts;
    if (!socket.writable) return;
    socket.cork();
    this.#sendHead();
    if (chunked) socket.write(lastChunk(trailers?.()), 'latin1');
    socket.uncork();
    onEnd();
  }
}
