import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { Deadlines, Watched } from '../http/deadlines.ts';
import type { Exchange, ProxyResponse } from '../http/exchange.ts';
import { BodyStream } from '../http/http1/body-stream.ts';
import { discardBody, isWhole } from '../http/message.ts';
import { endRequest } from '../http/serve-request.ts';
import type { AnswerWriter } from '../http/serve-request.ts';
import { readFields, writeFields } from './fields.ts';

/** A request under way on which nothing moves; Envoy's default. */
const STREAM_IDLE_MS = 300_000;

/** One request of a client's HTTP/2 connection: its body comes in, its answer goes out. */
export class Http2ServerStream implements AnswerWriter, Watched {
  deadlineMs: number;
  readonly openedMs = performance.now();
  readonly #stream: ServerHttp2Stream;
  readonly #deadlines: Deadlines;
  readonly #onEnd: (stream: Http2ServerStream) => void;
  #exchange: Exchange | undefined;
  #requestBody: BodyStream | undefined;
  #responseBody: ProxyResponse['body'] | undefined;
  #answered = false;
  #written = false;
  #ended = false;
  /** Did this side break it? */
  broken = false;

  /** `onEnd` is called once, when the stream is closed. */
  constructor(stream: ServerHttp2Stream, deadlines: Deadlines, onEnd: (stream: Http2ServerStream) => void) {
    this.#stream = stream;
    this.#deadlines = deadlines;
    this.#onEnd = onEnd;
    this.deadlineMs = deadlines.nowMs + STREAM_IDLE_MS;
    deadlines.add(this);
    stream.on('error', () => {});
    stream.on('close', () => this.#close());
  }

  get resetCode(): number {
    return this.#stream.rstCode;
  }

  /** The body of the request; undefined when the head was all. */
  takeBody(): BodyStream | undefined {
    const stream = this.#stream;
    if (stream.endAfterHeaders) {
      stream.resume();
      return undefined;
    }
    const body = new BodyStream(
      () => stream.resume(),
      () => {
        // Whoever read it needs no more: the client may go on, its pieces are thrown away.
        stream.resume();
      },
    );
    this.#requestBody = body;
    stream.on('data', (piece: Buffer) => {
      this.#touch();
      if (!body.destroyed && !body.push(piece) && !this.#written) stream.pause();
    });
    stream.on('trailers', (_trailers, _flags, raw: string[]) => (body.trailers = readFields(raw)?.headers));
    stream.on('end', () => {
      this.#requestBody = undefined;
      if (stream.rstCode === 0 && !stream.destroyed) body.push(null);
      else body.destroy();
    });
    stream.pause();
    return body;
  }

  onDeadline(): void {
    const exchange = this.#exchange;
    if (exchange !== undefined) {
      exchange.flag('SI');
      exchange.record.details = 'stream_idle_timeout';
      if (!this.#answered) {
        exchange.record.status = this.#requestBody === undefined ? 504 : 408;
        this.#answered = true;
        this.#tryWrite(() => this.#stream.respond({ ':status': exchange.record.status, 'content-type': 'text/plain', 'content-length': 14 }));
        this.#stream.end('stream timeout');
      }
    }
    this.deadlineMs = Infinity;
    this.destroy();
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  answer(exchange: Exchange, response: ProxyResponse): void {
    const stream = this.#stream;
    if (this.#ended || stream.destroyed) {
      discardBody(response.body);
      response.upgraded?.socket.destroy();
      return;
    }
    this.#answered = true;
    this.#touch();
    const { status, headers, body, trailers } = response;
    const fields = writeFields(headers);
    if (fields === undefined) {
      discardBody(body);
      exchange.record.details = 'invalid_response_header';
      exchange.record.status = 502;
      exchange.flag('UPE');
      this.#tryWrite(() => stream.respond({ ':status': 502 }, { endStream: true }));
      this.#finishWhole();
      return;
    }
    if (isWhole(body)) {
      const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
      const isHead = exchange.line.method === 'HEAD' || status === 204 || status === 304;
      if (!isHead && (fields['content-length'] !== undefined || bytes > 0)) fields['content-length'] = String(bytes);
      if (bytes > 0 && !isHead) exchange.record.bytesSent += bytes;
      this.#tryWrite(() => stream.respond({ ':status': status, ...fields }, { endStream: bytes === 0 || isHead }));
      if (bytes > 0 && !isHead) stream.end(body);
      this.#finishWhole();
      return;
    }
    if (exchange.line.method === 'HEAD') {
      discardBody(body);
      this.#tryWrite(() => stream.respond({ ':status': status, ...fields }, { endStream: true }));
      this.#finishWhole();
      return;
    }
    this.#tryWrite(() => stream.respond({ ':status': status, ...fields }, { waitForTrailers: true }));
    stream.on('wantTrailers', () => {
      this.#tryWrite(() => stream.sendTrailers(writeFields(trailers?.()) ?? {}));
      this.#stopRequest();
    });
    this.#pump(exchange, body);
  }

  inform(status: number, headers: MutableHeaders): void {
    const fields = writeFields(headers);
    if (fields !== undefined && !this.#answered && !this.#stream.destroyed) this.#tryWrite(() => this.#stream.additionalHeaders({ ':status': status, ...fields }));
  }

  /** Breaks the stream: what was sent so far must not pass for the whole answer. */
  destroy(): void {
    this.broken = true;
    // With an error the stream is reset; without one its end would look regular.
    this.#stream.destroy(new Error('stream broken off'));
  }

  /** The request is malformed: the stream is reset. */
  refuse(): void {
    this.broken = true;
    this.#stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
  }

  #finishWhole(): void {
    this.#written = true;
    if (this.#stream.writableFinished) this.#stopRequest();
    else this.#stream.once('finish', () => this.#stopRequest());
  }

  /** The answer is complete: what is left of the request is of no interest. Source: RFC 9113 section 8.1. */
  #stopRequest(): void {
    const stream = this.#stream;
    if (stream.readableEnded || stream.endAfterHeaders) return;
    this.#requestBody?.destroy();
    stream.resume();
    setImmediate(() => {
      if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }

  #pump(exchange: Exchange, body: Exclude<ProxyResponse['body'], Buffer | string>): void {
    const stream = this.#stream;
    this.#responseBody = body;
    body.on('data', (piece: Buffer) => {
      this.#touch();
      exchange.record.bytesSent += piece.length;
      if (!stream.write(piece)) body.pause();
    });
    stream.on('drain', () => {
      this.#touch();
      body.resume();
    });
    body.on('end', () => {
      this.#written = true;
      stream.end();
    });
    body.on('close', () => {
      if (!body.readableEnded) this.destroy();
    });
  }

  /** Node throws when the stream went away in between; its `close` tells the rest. */
  #tryWrite(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!this.#stream.destroyed && !this.#stream.closed) this.#stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadlines.remove(this);
    this.#requestBody?.destroy();
    const isWritten = this.#written && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR;
    if (!isWritten && this.#responseBody !== undefined) discardBody(this.#responseBody);
    if (this.#exchange !== undefined) endRequest(this.#exchange, isWritten);
    this.#onEnd(this);
  }

  #touch(): void {
    if (this.deadlineMs !== Infinity) this.deadlineMs = this.#deadlines.nowMs + STREAM_IDLE_MS;
  }
}
