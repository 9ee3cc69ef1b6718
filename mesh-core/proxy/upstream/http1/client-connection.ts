import type { Socket } from 'node:net';
import type { Deadlines, Watched } from '../../http/deadlines.ts';
import { readDirectly } from '../../http/direct-reads.ts';
import type { Trailers } from '../../http/message.ts';
import { BodyReader } from '../../http/http1/body-reader.ts';
import { BodyStream } from '../../http/http1/body-stream.ts';
import { connectionHas, parseStatusLine, responseFraming } from '../../http/http1/framing.ts';
import type { StatusLineParts } from '../../http/http1/framing.ts';
import { HeadReader } from '../../http/http1/head-reader.ts';
import { MalformedMessage } from '../../http/http1/malformed-message.ts';
import { chunkSizeLine, lastChunk } from '../../http/http1/write-head.ts';
import type { UpstreamConnection } from '../connection-pool.ts';
import type { Http1UpstreamStream, StreamCarrier } from './upstream-stream.ts';

/** What the pool does for its connections. */
export interface ConnectionOwner {
  /** The connection can carry another request. */
  onFree(connection: Http1ClientConnection): void;
  onClosed(connection: Http1ClientConnection): void;
}

/** Up to here a body goes out in the same text as its head. */
const INLINE_BODY_BYTES = 4096;
const EMPTY = Buffer.alloc(0);

/** One HTTP/1.1 connection to an upstream: one request at a time. */
export class Http1ClientConnection implements StreamCarrier, Watched {
  deadlineMs = Infinity;
  readonly about: UpstreamConnection;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #deadlines: Deadlines;
  readonly #head = new HeadReader((text) => this.#takeLine(text));
  readonly #body = new BodyReader();
  readonly #endReads: () => void;
  #lineText = '';
  #line: StatusLineParts = { status: 0, minorVersion: 1 };
  #stream: Http1UpstreamStream | undefined;
  /** The answer's body on its way to its reader. */
  #answerBody: BodyStream | undefined;
  #reusable = true;
  #served = 0;
  readonly #openedMs: number;
  #closed = false;

  constructor(socket: Socket, about: UpstreamConnection, owner: ConnectionOwner, deadlines: Deadlines) {
    this.#socket = socket;
    this.about = about;
    this.#owner = owner;
    this.#deadlines = deadlines;
    deadlines.add(this);
    this.#openedMs = deadlines.nowMs;
    this.#endReads = readDirectly(socket, (bytes) => this.#receive(bytes));
    socket.on('drain', () => this.#stream?.drained());
    socket.on('end', () => this.#onEnd());
    socket.on('error', () => this.#onClose());
    socket.on('close', () => this.#onClose());
  }

  /** Requests that it has carried. */
  get served(): number {
    return this.#served;
  }
  /** To half a second. */
  get ageMs(): number {
    return this.#deadlines.nowMs - this.#openedMs;
  }
  get closed(): boolean {
    return this.#closed;
  }
  get pendingBytes(): number {
    return this.#socket.writableLength;
  }
  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Sends a request; the connection must be free. */
  start(stream: Http1UpstreamStream): void {
    this.#stream = stream;
    this.#reusable = true;
    this.#served++;
    this.deadlineMs = Infinity;
    stream.handlers.onConnection(this.about);
    const { head, wholeBody } = stream;
    if (wholeBody === undefined && stream.bodyEnded) this.#socket.write(head, 'latin1');
    else if (wholeBody !== undefined && wholeBody.length <= INLINE_BODY_BYTES) this.#socket.write(head + wholeBody.toString('latin1'), 'latin1');
    else {
      // The head shares its packet with what is there of the body.
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      if (wholeBody !== undefined) this.#socket.write(wholeBody);
      process.nextTick(() => this.#socket.uncork());
    }
    stream.carriedBy(this);
  }

  /** Keeps the free connection until then. */
  idleFor(ms: number): void {
    this.deadlineMs = this.#deadlines.nowMs + ms;
  }

  onDeadline(): void {
    this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  writePiece(piece: Buffer): boolean {
    const stream = this.#stream;
    if (stream === undefined || piece.length === 0) return true;
    if (!stream.chunked) return this.#socket.write(piece);
    this.#socket.cork();
    this.#socket.write(chunkSizeLine(piece.length), 'latin1');
    this.#socket.write(piece);
    const more = this.#socket.write('\r\n', 'latin1');
    this.#socket.uncork();
    return more || !this.#socket.writableNeedDrain;
  }

  endBody(trailers: Trailers | undefined): void {
    if (this.#stream?.chunked === true) this.#socket.write(lastChunk(trailers), 'latin1');
  }

  abandon(): void {
    this.#stream = undefined;
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    try {
      this.#read(bytes);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#breakOff('protocol-error', 'protocol error');
    }
  }

  #read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const stream = this.#stream;
      if (stream === undefined && this.#answerBody === undefined && this.#body.done) {
        // Nobody asked for this: what it belongs to is in doubt.
        this.#socket.destroy();
        return;
      }
      if (!this.#body.done) {
        at = this.#body.read(bytes, at, (piece) => this.#pushPiece(piece));
        if (this.#body.done) this.#endAnswer(at === bytes.length);
        continue;
      }
      if (stream === undefined) return;
      at = this.#head.read(bytes, at);
      if (at < 0) return;
      at = this.#takeHead(stream, bytes, at);
    }
  }

  /** The same line again is not taken apart again. */
  #takeLine(text: string): void {
    if (text === this.#lineText) return;
    this.#line = parseStatusLine(text);
    this.#lineText = text;
  }

  /** A head is complete, and the rest begins at `at`; gives where the reading goes on. */
  #takeHead(stream: Http1UpstreamStream, bytes: Buffer, at: number): number {
    const { headers } = this.#head;
    const { status, minorVersion } = this.#line;
    this.#head.reset();
    if (status === 101 && stream.upgrade !== undefined) {
      this.#handOver(stream, { status, headers, body: EMPTY }, bytes.subarray(at));
      return bytes.length;
    }
    if (status === 101) throw new MalformedMessage('the upstream switches protocols unasked');
    if (status < 200) {
      if (status !== 100) stream.handlers.onInterim(status, headers);
      return at;
    }
    const framing = responseFraming(status, headers, stream.method);
    const { connection } = headers;
    this.#reusable = framing.kind !== 'until-close' && (minorVersion === 1 ? connection === undefined || !connectionHas(connection, 'close') : connectionHas(connection, 'keep-alive'));
    this.#body.begin(framing);
    let rest = at;
    if (this.#body.done) {
      this.#endAnswer(rest === bytes.length);
      stream.handlers.onResponse({ status, headers, body: EMPTY });
      return rest;
    }
    const pieces: Buffer[] = [];
    rest = this.#body.read(bytes, at, (piece) => pieces.push(piece));
    const { trailers } = this.#body;
    if (this.#body.done && trailers === undefined) {
      const [first = EMPTY] = pieces;
      this.#endAnswer(rest === bytes.length);
      stream.handlers.onResponse({ status, headers, body: pieces.length < 2 ? first : Buffer.concat(pieces) });
      return rest;
    }
    const body = this.#streamAnswer(pieces);
    if (this.#body.done) this.#endAnswer(rest === bytes.length);
    stream.handlers.onResponse({ status, headers, body, trailers: () => body.trailers });
    return rest;
  }

  #streamAnswer(pieces: readonly Buffer[]): BodyStream {
    const body = new BodyStream(
      () => {
        if (this.#answerBody === body) this.#socket.resume();
      },
      () => {
        if (this.#answerBody === body) this.abandon();
      },
    );
    this.#answerBody = body;
    for (const piece of pieces) this.#pushPiece(piece);
    return body;
  }

  #pushPiece(piece: Buffer): void {
    if (this.#answerBody?.push(piece) === false) this.#socket.pause();
  }

  /** The answer is complete; `clean`: nothing came after it. */
  #endAnswer(clean: boolean): void {
    const stream = this.#stream;
    const body = this.#answerBody;
    this.#stream = undefined;
    this.#answerBody = undefined;
    if (body !== undefined) {
      body.trailers = this.#body.trailers;
      body.push(null);
    }
    const whole = stream?.bodyEnded === true;
    stream?.release();
    if (!clean || !whole || !this.#reusable || this.#closed) {
      this.#reusable = false;
      this.#socket.destroy();
      return;
    }
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#owner.onFree(this);
  }

  #handOver(stream: Http1UpstreamStream, response: { status: number; headers: HeadReader['headers']; body: Buffer }, head: Buffer): void {
    this.#endReads();
    this.#socket.pause();
    this.#stream = undefined;
    this.#reusable = false;
    stream.release();
    stream.handlers.onUpgrade(response, this.#socket, head);
  }

  #onEnd(): void {
    if (this.#answerBody !== undefined && this.#body.close()) this.#endAnswer(false);
    else this.#socket.destroy();
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadlines.remove(this);
    this.#owner.onClosed(this);
    const unheard = !this.#head.begun && this.#answerBody === undefined && this.#served > 1;
    this.#breakOff(unheard ? 'reset-before-request' : 'reset', 'connection termination');
  }

  #breakOff(kind: 'reset' | 'reset-before-request' | 'protocol-error', message: string): void {
    const stream = this.#stream;
    const body = this.#answerBody;
    this.#stream = undefined;
    this.#answerBody = undefined;
    this.#socket.destroy();
    if (body !== undefined) {
      stream?.release();
      body.destroy(new Error(message));
    } else stream?.fail({ kind, message });
  }
}
