import type { Readable } from 'node:stream';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';

/**
 * What the codecs (HTTP/1.1, HTTP/2) and the filters have in common: messages and the flow of their bodies.
 *
 *   client → codec → IncomingRequest → filters → router → ConnectionPool.send → codec → upstream
 *   client ← codec ← AnswerWriter    ← filters ← router ← UpstreamHandlers    ← codec ← upstream
 */

/** A body: all of it (which costs no stream), or a stream of buffers. */
export type Body = Readable | Buffer | string;

/** What may follow a body; known when the body has ended. */
export type Trailers = MutableHeaders;

/** Where the pieces of a body go. */
export interface BodySink {
  /** Takes a piece, which the writer must not change afterwards. False = wait for `onDrain` before the next one. */
  write(piece: Buffer): boolean;
  /** What to call each time that more is taken after a `false`; replaces an earlier one. */
  onDrain(fn: () => void): void;
  /** The body is complete. */
  end(trailers?: Trailers): void;
  /** Gives the body up: the receiver must not take it for a whole one. */
  destroy(): void;
  readonly needsDrain: boolean;
  /** Bytes written that have not gone out yet. */
  readonly pendingBytes: number;
  readonly destroyed: boolean;
}

export type Protocol = 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2';

/** A request as a codec has read it: well-formed, but not yet judged. */
export interface IncomingRequest {
  readonly method: string;
  /** As it was sent: origin form, absolute form or `*`; of HTTP/2 the `:path`. */
  readonly target: string;
  /** The Host header, or `:authority`; empty for none. */
  readonly host: string;
  readonly protocol: Protocol;
  /** Names in lower case, no pseudo-headers; the receiver's own from now on. */
  readonly headers: MutableHeaders;
  /** Undefined for none; a buffer when all of it was there at once. */
  readonly body: Readable | Buffer | undefined;
  readonly trailers?: () => Trailers | undefined;
  /** The protocol that an upgrade is asked to (`websocket`); the answer may then be a 101 with a connection. */
  readonly upgrade: string | undefined;
}

/** Is this body there as a whole? */
export function isWhole(body: Body): body is Buffer | string {
  return typeof body === 'string' || Buffer.isBuffer(body);
}

/** Lets go of a body that nobody reads. */
export function discardBody(body: Body): void {
  if (!isWhole(body)) body.destroy();
}
