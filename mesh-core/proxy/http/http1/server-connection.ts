import type { Duplex } from 'node:stream';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { Deadlines, Watched } from '../deadlines.ts';
import { readDirectly } from '../direct-reads.ts';
import type { Downstream, Exchange, ProxyResponse } from '../exchange.ts';
import { discardBody, isWhole } from '../message.ts';
import type { Trailers } from '../message.ts';
import { endRequest, recordRefusal, serveRequest } from '../serve-request.ts';
import type { AnswerWriter, RequestHandling } from '../serve-request.ts';
import { joinConnections } from '../tunnel.ts';
import { AnswerBody } from './answer-body.ts';
import { BodyReader } from './body-reader.ts';
import { BodyStream } from './body-stream.ts';
import { mayBeginRequest } from './characters.ts';
import { connectionHas, parseRequestLine, requestFraming } from './framing.ts';
import type { RequestLineParts } from './framing.ts';
import { HeadReader } from './head-reader.ts';
import { checkHost, judgeUnderscores } from './judge-head.ts';
import { MalformedMessage } from './malformed-message.ts';
import { frameAnswer } from './frame-answer.ts';
import { refusal } from './refusal.ts';
import { fieldLines, FieldWriter, statusLine } from './write-head.ts';

/** Time limits of a client's connection, in milliseconds. */
export interface ServerTimeouts {
  /** Between requests. */
  readonly idleMs: number;
  /** For a head that has begun. */
  readonly headMs: number;
  /** For a request under way on which nothing moves. */
  readonly streamIdleMs: number;
}
/** Envoy's defaults, but for heads, which it waits for without end. */
export const SERVER_TIMEOUTS: ServerTimeouts = { idleMs: 3_600_000, headMs: 60_000, streamIdleMs: 300_000 };

export interface ServerConnectionOptions {
  /** What to do with the next request; undefined = this kind of connection is not served any more. */
  readonly handling: () => RequestHandling | undefined;
  readonly downstream: Downstream;
  readonly acceptsUpgrade: (protocol: string) => boolean;
  /** Takes the connection of a CONNECT request, unanswered, with what came after the request's head in it; absent = 405. */
  readonly onConnect?: ((authority: string, socket: Duplex) => void) | undefined;
  /** Told of bytes that are no request. */
  readonly onRefused: (reason: string) => void;
  readonly onClose: (connection: Http1ServerConnection) => void;
  readonly deadlines: Deadlines;
  readonly timeouts?: ServerTimeouts;
  /** After so many requests the client is asked to open another connection; absent = never. */
  readonly maxRequests?: number;
  /** What becomes of fields with an underscore in their name, which some servers take for a dash; absent = they are passed on. */
  readonly underscores?: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';
}

/** For the client to read an answer that came before it had sent everything. */
const LINGER_MS = 1000;
/** Up to here a body goes out in the same text as its head. */
const INLINE_BODY_BYTES = 4096;
const EMPTY = Buffer.alloc(0);

/**
 * `head`: between requests or within a head; `body`: within a body; `waiting`: the request is read, its answer is not
 * complete; `closing`: nothing more is read; `handed-over`: after a 101 or a CONNECT.
 */
type State = 'head' | 'body' | 'waiting' | 'closing' | 'handed-over';

/** One client's HTTP/1.1 connection: reads requests one after another, hands them on, writes their answers. */
export class Http1ServerConnection implements AnswerWriter, Watched {
  deadlineMs: number;
  readonly #socket: Duplex;
  readonly #options: ServerConnectionOptions;
  readonly #timeouts: ServerTimeouts;
  readonly #head = new HeadReader((text) => this.#takeLine(text));
  readonly #body = new BodyReader();
  readonly #fields = new FieldWriter();
  readonly #endReads: () => void;
  #state: State = 'head';
  #reading = false;
  #backlog: Buffer = EMPTY;
  #handling: RequestHandling | undefined;
  #exchange: Exchange | undefined;
  #requestBody: BodyStream | undefined;
  #answerBody: AnswerBody | undefined;
  #lineText = '';
  #line: RequestLineParts = { method: '', target: '', minorVersion: 1 };
  #keepAlive = true;
  #served = 0;
  #answered = false;
  #leaving = false;

  constructor(socket: Duplex, options: ServerConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timeouts = options.timeouts ?? SERVER_TIMEOUTS;
    this.deadlineMs = options.deadlines.nowMs + this.#timeouts.idleMs;
    options.deadlines.add(this);
    this.#endReads = readDirectly(socket, (bytes) => this.#receive(bytes));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onClose());
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => this.#answerBody?.resume());
  }

  /** Ends it as soon as no request is under way; answers ask the client to close meanwhile. */
  drain(idleMs = 0): void {
    this.#leaving = true;
    if (this.#state !== 'head' || this.#head.begun) return;
    if (idleMs === 0) this.#linger();
    else this.deadlineMs = Math.min(this.deadlineMs, this.#options.deadlines.nowMs + idleMs);
  }

  onDeadline(): void {
    const exchange = this.#exchange;
    if (exchange !== undefined && !this.#answered) {
      // Envoy: the client was too slow as long as its request is incomplete, then whoever answers.
      const status = this.#body.done ? 504 : 408;
      exchange.flag('SI');
      exchange.record.details = 'stream_idle_timeout';
      exchange.record.status = status;
      this.#write(refusal(status, 'stream timeout'));
      this.#endExchange(false);
      this.#linger();
    } else if (exchange === undefined && this.#state === 'head' && this.#head.begun) this.#refuse(new MalformedMessage('the head of a request took too long', 408));
    else if (exchange === undefined && this.#leaving && this.#state === 'head') this.#linger();
    else {
      // Too late for an answer of our own: the one that has begun must not pass for a whole one.
      exchange?.flag('SI');
      this.#socket.destroy();
    }
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#touch();
  }

  answer(exchange: Exchange, response: ProxyResponse): void {
    if (exchange !== this.#exchange || this.#socket.destroyed) {
      discardBody(response.body);
      response.upgraded?.socket.destroy();
      return;
    }
    this.#answered = true;
    this.#touch();
    if (response.upgraded !== undefined) {
      this.#handOver(exchange, response, response.upgraded);
      return;
    }
    const mayStay = this.#keepAlive && !this.#leaving && this.#handling?.draining() !== true && (this.#body.done || !isWhole(response.body));
    const framed = frameAnswer(response, { method: this.#line.method, minorVersion: this.#line.minorVersion, mayStay });
    const fields = this.#fields.write(response.headers);
    if (fields === undefined) {
      this.#answerInvalid(exchange, response);
      return;
    }
    this.#keepAlive = framed.keepAlive;
    const head = `${statusLine(response.status)}${fields}\r\n`;
    if (framed.body === undefined) this.#writeWhole(exchange, head, EMPTY);
    else if (typeof framed.body === 'string' || Buffer.isBuffer(framed.body)) this.#writeWhole(exchange, head, framed.body);
    else {
      this.#answerBody = new AnswerBody({
        socket: this.#socket,
        head,
        body: framed.body,
        chunked: framed.chunked,
        trailers: response.trailers,
        onBytes: (bytes) => {
          exchange.record.bytesSent += bytes;
          this.#touch();
        },
        onEnd: () => this.#answerComplete(),
      });
    }
  }

  inform(status: number, headers: MutableHeaders): void {
    const fields = fieldLines(headers);
    if (fields !== undefined && this.#line.minorVersion === 1 && !this.#answered && this.#exchange !== undefined) this.#write(`${statusLine(status)}${fields}\r\n`);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#touch();
    try {
      this.#read(bytes);
    } catch (error) {
      this.#reading = false;
      if (!(error instanceof MalformedMessage)) throw error;
      this.#refuse(error);
    }
  }

  /** Reads what it can; what belongs to a later request waits until its time comes. */
  #read(bytes: Buffer): void {
    this.#reading = true;
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head': {
          const wasBegun = this.#head.begun;
          if (!wasBegun && !mayBeginRequest(bytes[at])) throw new MalformedMessage('a request does not begin like this');
          at = this.#head.read(bytes, at);
          if (at >= 0) at = this.#beginRequest(bytes, at);
          else {
            if (!wasBegun) this.deadlineMs = this.#options.deadlines.nowMs + this.#timeouts.headMs;
            at = bytes.length;
          }
          break;
        }
        case 'body':
          at = this.#body.read(bytes, at, (piece) => this.#pushBody(piece));
          if (this.#body.done) this.#requestRead();
          break;
        case 'waiting':
          // A pipelined request. One at a time: the next one is not even looked at.
          this.#backlog = this.#backlog.length === 0 ? bytes.subarray(at) : Buffer.concat([this.#backlog, bytes.subarray(at)]);
          this.#socket.pause();
          at = bytes.length;
          break;
        case 'closing':
        case 'handed-over':
          at = bytes.length;
      }
    }
    this.#reading = false;
  }

  /** The head is complete and the rest begins at `at`; gives where the reading goes on. */
  #beginRequest(bytes: Buffer, at: number): number {
    const { headers } = this.#head;
    const line = this.#line;
    this.#head.reset();
    const host = checkHost(headers['host'], line);
    const framing = requestFraming(headers, line.minorVersion);
    const { connection } = headers;
    if (this.#options.underscores !== undefined && this.#options.underscores !== 'ALLOW') judgeUnderscores(headers, this.#options.underscores);
    this.#served++;
    const wantsToStay = line.minorVersion === 1 ? !connectionHas(connection, 'close') : connectionHas(connection, 'keep-alive');
    this.#keepAlive = wantsToStay && this.#served < (this.#options.maxRequests ?? Infinity);
    this.#answered = false;
    if (line.method === 'CONNECT') {
      this.#answerConnect(bytes.subarray(at));
      return bytes.length;
    }
    this.#handling = this.#options.handling();
    if (this.#handling === undefined) {
      this.#socket.destroy();
      return bytes.length;
    }
    this.#body.begin(framing);
    let rest = at;
    let body: BodyStream | Buffer | undefined;
    if (!this.#body.done) {
      if (this.#line.minorVersion === 1 && String(headers['expect']).toLowerCase() === '100-continue') this.#write('HTTP/1.1 100 Continue\r\n\r\n');
      const pieces: Buffer[] = [];
      rest = this.#body.read(bytes, at, (piece) => pieces.push(piece));
      body = this.#body.done && this.#body.trailers === undefined ? (pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)) : this.#streamBody(pieces);
    }
    const upgrade = framing.kind === 'none' && connectionHas(connection, 'upgrade') ? String(headers['upgrade'] ?? '') : '';
    this.#state = this.#body.done ? 'waiting' : 'body';
    serveRequest(
      this.#handling,
      this.#options.downstream,
      {
        method: line.method,
        target: line.target,
        host,
        protocol: line.minorVersion === 1 ? 'HTTP/1.1' : 'HTTP/1.0',
        headers,
        body,
        ...(body instanceof BodyStream ? { trailers: trailersOf(body) } : {}),
        upgrade: upgrade !== '' && this.#options.acceptsUpgrade(upgrade) ? upgrade : undefined,
      },
      this,
    );
    return rest;
  }

  #streamBody(pieces: readonly Buffer[]): BodyStream {
    const stream = new BodyStream(
      () => {
        if (this.#state === 'body') this.#socket.resume();
      },
      () => {
        if (this.#requestBody === stream) this.#requestBody = undefined;
        if (this.#state === 'body') this.#socket.resume();
      },
    );
    for (const piece of pieces) stream.push(piece);
    if (this.#body.done) {
      stream.trailers = this.#body.trailers;
      stream.push(null);
    } else this.#requestBody = stream;
    return stream;
  }

  #pushBody(piece: Buffer): void {
    if (this.#requestBody?.push(piece) === false) this.#socket.pause();
  }

  #requestRead(): void {
    const body = this.#requestBody;
    this.#requestBody = undefined;
    if (body !== undefined) {
      body.trailers = this.#body.trailers;
      body.push(null);
    }
    this.#state = 'waiting';
  }

  /** The same line again is not taken apart again. */
  #takeLine(text: string): void {
    if (text === this.#lineText) return;
    this.#line = parseRequestLine(text);
    this.#lineText = text;
  }

  #answerConnect(rest: Buffer): void {
    const { onConnect } = this.#options;
    if (onConnect === undefined) {
      this.#write('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      this.#linger();
      return;
    }
    this.#state = 'handed-over';
    this.deadlineMs = Infinity;
    this.#endReads();
    this.#socket.pause();
    if (rest.length > 0) this.#socket.unshift(rest);
    onConnect(this.#line.target, this.#socket);
  }

  #writeWhole(exchange: Exchange, head: string, body: Buffer | string): void {
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    exchange.record.bytesSent += bytes;
    if (bytes === 0) this.#write(head);
    else if (typeof body === 'string' && bytes === body.length) this.#write(head + body);
    else if (typeof body !== 'string' && bytes <= INLINE_BODY_BYTES) this.#write(head + body.toString('latin1'));
    else {
      this.#socket.cork();
      this.#write(head);
      this.#socket.write(body);
      this.#socket.uncork();
    }
    this.#answerComplete();
  }

  /** A field of the answer cannot be written. */
  #answerInvalid(exchange: Exchange, response: ProxyResponse): void {
    discardBody(response.body);
    exchange.record.details = 'invalid_response_header';
    exchange.record.status = 502;
    exchange.flag('UPE');
    this.#keepAlive = false;
    this.#write(refusal(502, 'invalid response header'));
    this.#answerComplete();
  }

  #answerComplete(): void {
    this.#answerBody = undefined;
    const requestRead = this.#body.done;
    this.#endExchange(true);
    if (!requestRead || !this.#keepAlive || this.#leaving) {
      this.#linger();
      return;
    }
    this.#state = 'head';
    this.deadlineMs = this.#options.deadlines.nowMs + this.#timeouts.idleMs;
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#reading || this.#backlog.length === 0) return;
    const backlog = this.#backlog;
    this.#backlog = EMPTY;
    this.#receive(backlog);
  }

  #handOver(exchange: Exchange, response: ProxyResponse, upgraded: NonNullable<ProxyResponse['upgraded']>): void {
    const { headers } = response;
    headers['connection'] = 'upgrade';
    headers['upgrade'] = upgraded.protocol;
    const fields = fieldLines(headers);
    if (fields === undefined) {
      upgraded.socket.destroy();
      this.#answerInvalid(exchange, response);
      return;
    }
    this.#state = 'handed-over';
    this.deadlineMs = Infinity;
    this.#endReads();
    this.#write(`${statusLine(response.status)}${fields}\r\n`);
    joinConnections(this.#socket, this.#backlog, upgraded.socket, upgraded.head, (bytes) => (exchange.record.bytesSent += bytes));
    this.#socket.resume();
  }

  #refuse(problem: MalformedMessage): void {
    this.#options.onRefused(`malformed request: ${problem.message}`);
    const exchange = this.#exchange;
    if (exchange !== undefined) {
      // Within a body: what was sent on so far must not pass for all of it.
      exchange.flag('DPE');
      exchange.record.details = 'http1.codec_error';
      if (!this.#answered) exchange.record.status = problem.status;
      this.#endExchange(false);
      if (this.#answered) {
        this.#socket.destroy();
        return;
      }
    } else recordRefusal(this.#options.handling(), this.#options.downstream, 'HTTP/1.1', problem.status);
    this.#write(refusal(problem.status));
    this.#linger();
  }

  #endExchange(complete: boolean): void {
    const exchange = this.#exchange;
    const body = this.#requestBody;
    const answerBody = this.#answerBody;
    this.#exchange = undefined;
    this.#requestBody = undefined;
    this.#answerBody = undefined;
    answerBody?.giveUp();
    if (exchange !== undefined) endRequest(exchange, complete);
    body?.destroy();
  }

  /** Sends what is written and closes, but lets a client that is still sending read it first. */
  #linger(): void {
    this.#state = 'closing';
    this.#backlog = EMPTY;
    this.deadlineMs = this.#options.deadlines.nowMs + LINGER_MS;
    this.#socket.end();
    this.#socket.resume();
  }

  #onEnd(): void {
    if (this.#state === 'handed-over') return;
    if (this.#exchange !== undefined) this.#socket.destroy();
    else this.#socket.end();
  }

  #onClose(): void {
    this.#options.deadlines.remove(this);
    this.#options.onClose(this);
    this.#endExchange(this.#state === 'handed-over');
    this.#state = 'closing';
  }

  #write(text: string): void {
    if (this.#socket.writable) this.#socket.write(text, 'latin1');
  }

  #touch(): void {
    if (this.#exchange !== undefined) this.deadlineMs = this.#options.deadlines.nowMs + this.#timeouts.streamIdleMs;
  }
}

function trailersOf(body: BodyStream): () => Trailers | undefined {
  return () => body.trailers;
}
