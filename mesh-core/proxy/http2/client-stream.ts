import { constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { BodyStream } from '../http/http1/body-stream.ts';
import type { Trailers } from '../http/message.ts';
import type { UpstreamConnection, UpstreamFailure, UpstreamHandlers, UpstreamRequest, UpstreamStream } from '../upstream/connection-pool.ts';
import { readFields, writeFields } from './fields.ts';

/**
 * One request to an upstream over HTTP/2: before there is a session for it, while it is on one, and after its end. What is
 * written before waits here.
 */
export class Http2UpstreamStream implements UpstreamStream {
  readonly handlers: UpstreamHandlers;
  readonly #request: UpstreamRequest;
  readonly #scheme: string;
  readonly #early: Buffer[] = [];
  #earlyBytes = 0;
  #stream: ClientHttp2Stream | undefined;
  #onDrain: (() => void) | undefined;
  #trailers: Trailers | undefined;
  #bodyEnded: boolean;
  #answered = false;
  #failed = false;
  #destroyed = false;

  constructor(request: UpstreamRequest, handlers: UpstreamHandlers, scheme: 'http' | 'https') {
    this.#request = request;
    this.handlers = handlers;
    this.#scheme = scheme;
    this.#bodyEnded = request.body !== 'streamed';
  }

  get needsDrain(): boolean {
    return this.#stream === undefined ? !this.#bodyEnded : this.#stream.writableNeedDrain;
  }
  get pendingBytes(): number {
    return this.#earlyBytes + (this.#stream?.writableLength ?? 0);
  }
  get destroyed(): boolean {
    return this.#destroyed;
  }

  write(piece: Buffer): boolean {
    const stream = this.#stream;
    if (stream !== undefined) return stream.writable ? stream.write(piece) : true;
    if (this.#destroyed) return true;
    this.#early.push(piece);
    this.#earlyBytes += piece.length;
    return false;
  }

  onDrain(fn: () => void): void {
    this.#onDrain = fn;
  }

  end(trailers?: Trailers): void {
    if (this.#bodyEnded) return;
    this.#bodyEnded = true;
    this.#trailers = trailers;
    this.#stream?.end();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#early.length = 0;
    this.#earlyBytes = 0;
    const stream = this.#stream;
    if (stream === undefined || stream.destroyed) return;
    // A body that is cut must not get a regular end; one that has ended may be given up politely.
    if (stream.writableEnded) stream.close(constants.NGHTTP2_CANCEL);
    else stream.destroy(new Error('request given up'));
  }

  /** Tells of a failure, once, unless it was answered or given up before. */
  fail(failure: UpstreamFailure): void {
    if (this.#failed || this.#answered || this.#destroyed) return;
    this.#failed = true;
    this.handlers.onFailure(failure);
  }

  /** Goes out on a session. `onClosed` is called when the stream is over; `isLost` then tells whether the connection is, too. */
  startOn(session: ClientHttp2Session, about: UpstreamConnection, { onClosed, isLost }: { readonly onClosed: () => void; readonly isLost: () => boolean }): void {
    const { body } = this.#request;
    const stream = this.#open(session);
    if (stream === undefined) {
      setImmediate(onClosed);
      return;
    }
    this.#stream = stream;
    stream.on('error', () => {});
    stream.on('headers', (_headers, _flags, raw: string[]) => this.#onInterim(raw));
    stream.on('response', (_headers, flags, raw: string[]) => this.#onResponse(stream, raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0));
    stream.on('wantTrailers', () => stream.sendTrailers(writeFields(this.#trailers) ?? {}));
    stream.on('drain', () => this.#onDrain?.());
    stream.on('close', () => {
      onClosed();
      this.#onClose(stream, isLost());
    });
    this.handlers.onConnection(about);
    if (body === 'streamed') {
      for (const piece of this.#early) stream.write(piece);
      this.#early.length = 0;
      this.#earlyBytes = 0;
      if (this.#bodyEnded) stream.end();
      else if (!stream.writableNeedDrain) this.#onDrain?.();
    } else if (body !== undefined) stream.end(body);
  }

  #open(session: ClientHttp2Session): ClientHttp2Stream | undefined {
    const { method, path, headers, body } = this.#request;
    const fields = writeFields(headers, 'host');
    try {
      if (fields !== undefined) return session.request({ ':method': method, ':scheme': this.#scheme, ':authority': String(headers['host'] ?? ''), ':path': path, ...fields }, { endStream: body === undefined, waitForTrailers: body === 'streamed' });
      setImmediate(() => this.fail({ kind: 'invalid', message: 'the request cannot be written in HTTP/2' }));
    } catch (error) {
      // The session went away in this very moment, or a field is one that Node refuses.
      setImmediate(() => this.fail(session.closed || session.destroyed ? { kind: 'refused', message: 'the connection is leaving' } : { kind: 'invalid', message: String(error) }));
    }
    return undefined;
  }

  #onInterim(raw: readonly string[]): void {
    const block = readFields(raw);
    if (block !== undefined && !this.#answered && !this.#destroyed) this.handlers.onInterim(Number(block.pseudo[':status']), block.headers);
  }

  #onResponse(stream: ClientHttp2Stream, raw: readonly string[], isWhole: boolean): void {
    if (this.#destroyed) {
      stream.resume();
      return;
    }
    const block = readFields(raw);
    const status = Number(block?.pseudo[':status']);
    if (block === undefined || !(status >= 200 && status <= 999)) {
      this.fail({ kind: 'protocol-error', message: 'protocol error' });
      stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    this.#answered = true;
    if (isWhole) {
      stream.resume();
      this.handlers.onResponse({ status, headers: block.headers, body: Buffer.alloc(0) });
      return;
    }
    const body = this.#bodyOf(stream);
    this.handlers.onResponse({ status, headers: block.headers, body, trailers: () => body.trailers });
  }

  #bodyOf(stream: ClientHttp2Stream): BodyStream {
    const body = new BodyStream(
      () => stream.resume(),
      () => {
        if (!stream.destroyed) this.destroy();
      },
    );
    stream.pause();
    stream.on('data', (piece: Buffer) => {
      if (!body.destroyed && !body.push(piece)) stream.pause();
    });
    stream.on('trailers', (_trailers, _flags, raw: string[]) => (body.trailers = readFields(raw)?.headers));
    stream.on('end', () => {
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.destroyed) body.push(null);
      else body.destroy(new Error('the upstream broke off'));
    });
    stream.on('close', () => {
      if (!body.readableEnded && stream.rstCode !== constants.NGHTTP2_NO_ERROR) body.destroy(new Error('the upstream broke off'));
    });
    return body;
  }

  #onClose(stream: ClientHttp2Stream, isLost: boolean): void {
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) this.fail({ kind: 'refused', message: 'remote refused stream reset' });
    else this.fail(isLost ? { kind: 'reset', message: 'connection termination' } : { kind: 'remote-reset', message: 'remote reset' });
  }
}
