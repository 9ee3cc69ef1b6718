import type { Trailers } from '../message.ts';
import { VALUE } from './characters.ts';
import type { Framing } from './framing.ts';
import { HeadReader } from './head-reader.ts';
import { MalformedMessage } from './malformed-message.ts';

/** A chunk size line, with its extensions. */
const MAX_CHUNK_LINE_BYTES = 4096;
const CHUNK_SIZE = /^([0-9a-fA-F]{1,13})(?:[ \t]*;.*)?\r$/s;
const NEWLINE = 10;
/** Fields that say how to read the message: after it they would only mislead. Source: RFC 9110 section 6.5.1. */
const NOT_IN_TRAILERS = ['content-length', 'transfer-encoding', 'host', 'trailer', 'connection', 'te', 'upgrade', 'keep-alive', 'proxy-connection'] as const;

type State = 'done' | 'fixed' | 'until-close' | 'size' | 'chunk' | 'chunk-end' | 'trailers';

/** Reads one body as its bytes come, without copying them. Source: RFC 9112 sections 6 and 7. */
export class BodyReader {
  #state: State = 'done';
  #left = 0;
  #line = '';
  #trailerReader: HeadReader | undefined;
  #trailers: Trailers | undefined;

  /** Makes ready for a body that is framed like this. */
  begin(framing: Framing): void {
    this.#trailers = undefined;
    this.#left = 0;
    switch (framing.kind) {
      case 'none':
        this.#state = 'done';
        return;
      case 'length':
        this.#left = framing.length;
        this.#state = framing.length === 0 ? 'done' : 'fixed';
        return;
      case 'chunked':
        this.#state = 'size';
        return;
      case 'until-close':
        this.#state = 'until-close';
    }
  }

  get done(): boolean {
    return this.#state === 'done';
  }
  /** Undefined for none; complete when the body is. */
  get trailers(): Trailers | undefined {
    return this.#trailers;
  }

  /**
   * Reads from `at` on, hands each piece to `take` and gives the offset of what it did not read: the end of `bytes`, or less
   * when the body is done. Throws MalformedMessage.
   */
  read(bytes: Buffer, at: number, take: (piece: Buffer) => void): number {
    let from = at;
    while (from < bytes.length && this.#state !== 'done') {
      switch (this.#state) {
        case 'fixed':
        case 'chunk': {
          const to = Math.min(bytes.length, from + this.#left);
          this.#left -= to - from;
          if (this.#left === 0) this.#state = this.#state === 'chunk' ? 'chunk-end' : 'done';
          take(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
          from = to;
          break;
        }
        case 'until-close':
          take(from === 0 ? bytes : bytes.subarray(from));
          return bytes.length;
        case 'trailers':
          from = this.#readTrailers(bytes, from);
          break;
        default:
          from = this.#readLine(bytes, from);
      }
    }
    return from;
  }

  /** The connection has ended: true when that completes the body. */
  close(): boolean {
    if (this.#state === 'until-close') this.#state = 'done';
    return this.#state === 'done';
  }

  #readLine(bytes: Buffer, from: number): number {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline;
    this.#line += bytes.toString('latin1', from, Math.min(to, from + MAX_CHUNK_LINE_BYTES + 1));
    if (this.#line.length > MAX_CHUNK_LINE_BYTES) throw new MalformedMessage('a chunk size line has no end');
    if (newline < 0) return to;
    const line = this.#line;
    this.#line = '';
    if (this.#state === 'chunk-end') {
      if (line !== '\r') throw new MalformedMessage('a chunk is longer than its size');
      this.#state = 'size';
      return newline + 1;
    }
    const size = CHUNK_SIZE.exec(line)?.[1];
    if (size === undefined) throw new MalformedMessage('a chunk has no proper size');
    for (let i = size.length; i < line.length - 1; i++) if (VALUE[line.charCodeAt(i)] === 0) throw new MalformedMessage('a chunk extension has a control character');
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return newline + 1;
  }

  #readTrailers(bytes: Buffer, from: number): number {
    this.#trailerReader ??= new HeadReader(undefined);
    const to = this.#trailerReader.read(bytes, from);
    if (to < 0) return bytes.length;
    const { headers } = this.#trailerReader;
    this.#trailerReader.reset();
    for (const name of NOT_IN_TRAILERS) delete headers[name];
    for (const _name in headers) {
      this.#trailers = headers;
      break;
    }
    this.#state = 'done';
    return to;
  }
}
