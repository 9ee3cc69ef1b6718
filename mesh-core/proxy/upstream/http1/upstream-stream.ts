import type { Trailers } from '../../http/message.ts';
import type { UpstreamFailure, UpstreamHandlers, UpstreamRequest, UpstreamStream } from '../connection-pool.ts';

/** The connection that carries a stream, as the stream sees it. */
export interface StreamCarrier {
  writePiece(piece: Buffer): boolean;
  endBody(trailers: Trailers | undefined): void;
  /** Breaks the connection, as HTTP/1.1 knows no other way. */
  abandon(): void;
  readonly pendingBytes: number;
  readonly needsDrain: boolean;
}

/**
 * One request to an upstream over HTTP/1.1: before it has a connection, while it is on it, and after it, when all calls do
 * nothing (the connection is somebody else's by then).
 */
export class Http1UpstreamStream implements UpstreamStream {
  readonly method: string;
  readonly head: string;
  readonly chunked: boolean;
  readonly upgrade: string | undefined;
  readonly wholeBody: Buffer | undefined;
  readonly handlers: UpstreamHandlers;
  readonly #early: Buffer[] = [];
  #earlyBytes = 0;
  #trailers: Trailers | undefined;
  #carrier: StreamCarrier | undefined;
  #onDrain: (() => void) | undefined;
  #state: 'waiting' | 'carried' | 'over' = 'waiting';
  #failed = false;
  #destroyed = false;
  #bodyEnded: boolean;

  constructor(request: UpstreamRequest, head: { readonly text: string; readonly chunked: boolean }, handlers: UpstreamHandlers) {
    this.method = request.method;
    this.head = head.text;
    this.chunked = head.chunked;
    this.upgrade = request.upgrade;
    this.handlers = handlers;
    this.wholeBody = request.body === 'streamed' ? undefined : request.body;
    this.#bodyEnded = request.body !== 'streamed';
  }

  /** Has the whole request been handed over? Otherwise its connection cannot carry another one. */
  get bodyEnded(): boolean {
    return this.#bodyEnded;
  }
  get needsDrain(): boolean {
    return this.#state === 'waiting' ? !this.#bodyEnded : (this.#carrier?.needsDrain ?? false);
  }
  get pendingBytes(): number {
    return this.#earlyBytes + (this.#carrier?.pendingBytes ?? 0);
  }
  get destroyed(): boolean {
    return this.#destroyed;
  }

  write(piece: Buffer): boolean {
    if (this.#state === 'carried') return this.#carrier?.writePiece(piece) ?? true;
    if (this.#state === 'over') return true;
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
    if (this.#state === 'carried') this.#carrier?.endBody(trailers);
  }

  destroy(): void {
    this.#destroyed = true;
    const carrier = this.#carrier;
    this.release();
    carrier?.abandon();
  }

  /** The connection takes it: what was written early goes out. */
  carriedBy(carrier: StreamCarrier): void {
    this.#carrier = carrier;
    this.#state = 'carried';
    for (const piece of this.#early) carrier.writePiece(piece);
    this.#early.length = 0;
    this.#earlyBytes = 0;
    if (this.wholeBody === undefined && this.#bodyEnded) carrier.endBody(this.#trailers);
    else if (!carrier.needsDrain) this.#onDrain?.();
  }

  drained(): void {
    this.#onDrain?.();
  }

  /** Its exchange with the upstream is over; what is still written goes nowhere. */
  release(): void {
    this.#carrier = undefined;
    this.#state = 'over';
    this.#early.length = 0;
    this.#earlyBytes = 0;
  }

  /** Tells of a failure, once, unless it was given up before. */
  fail(failure: UpstreamFailure): void {
    if (this.#failed || this.#destroyed) return;
    this.#failed = true;
    this.release();
    this.handlers.onFailure(failure);
  }
}
