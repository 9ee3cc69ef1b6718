import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** HTTP/2 by hand, for tests of what no client would send. Source: RFC 9113 section 4, RFC 7541. */

export const FRAME = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;

/** One frame. */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block of literal fields, none of them indexed or compressed. */
export function fieldBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), hpackString(name), hpackString(value)]));
}

/** The fields of an ordinary request, and more. */
export function requestFields(...more: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return [[':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'web'], ...more];
}

function hpackString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length: number[] = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  length.push(rest);
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** A connection that has sent the preface and an empty SETTINGS frame. */
export class RawHttp2 {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  /** Type, flags, stream and payload of each frame that came. */
  readonly frames: { readonly type: number; readonly flags: number; readonly stream: number; readonly payload: Buffer }[] = [];
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', () => {});
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', () => resolve());
    });
    this.write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(FRAME.settings, 0, 0));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  write(...frames: readonly Buffer[]): void {
    if (this.#socket.writable) this.#socket.write(Buffer.concat(frames));
  }

  /** Sends a whole request. */
  request(stream: number, fields: readonly (readonly [string, string])[], body?: Buffer): void {
    this.write(frame(FRAME.headers, END_HEADERS | (body === undefined ? END_STREAM : 0), stream, fieldBlock(fields)), ...(body === undefined ? [] : [frame(FRAME.data, END_STREAM, stream, body)]));
  }

  /** The error code with which a stream was reset, or the connection ended (stream 0). */
  errorCode(stream: number): number | undefined {
    const found = this.frames.find((f) => (stream === 0 ? f.type === FRAME.goaway : f.type === FRAME.reset && f.stream === stream));
    return found?.payload.readUInt32BE(stream === 0 ? 4 : 0);
  }

  /** The `:status` of a stream's answer, if it is one that HPACK knows by number, else 0; undefined = no answer. */
  status(stream: number): number | undefined {
    const first = this.frames.find((f) => f.type === FRAME.headers && f.stream === stream)?.payload;
    if (first === undefined) return undefined;
    const index = [...first].find((byte) => byte >= 0x88 && byte <= 0x8e);
    return [200, 204, 206, 304, 400, 404, 500][(index ?? 0) - 0x88] ?? 0;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 9) {
      const length = this.#bytes.readUIntBE(0, 3);
      if (this.#bytes.length < 9 + length) return;
      this.frames.push({ type: this.#bytes[3] ?? 0, flags: this.#bytes[4] ?? 0, stream: this.#bytes.readUInt32BE(5) & 0x7fffffff, payload: Buffer.from(this.#bytes.subarray(9, 9 + length)) });
      this.#bytes = this.#bytes.subarray(9 + length);
    }
  }
}
