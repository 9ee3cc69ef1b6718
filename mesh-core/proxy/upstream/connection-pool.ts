import type { Duplex, Readable } from 'node:stream';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { BodySink, Trailers } from '../http/message.ts';

/** The head of a request to an upstream, without fields that belong to one connection. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  /** Did it come in over HTTP/2? For clusters that send on as it came. */
  readonly fromHttp2?: boolean;
  /** Lower-case names; `host` carries the authority. */
  readonly headers: MutableHeaders;
  /** The protocol to ask an upgrade to. */
  readonly upgrade: string | undefined;
  /** The whole body, undefined for none, or `streamed`: then it is written to the stream that `send` gives, and ended. */
  readonly body: Buffer | 'streamed' | undefined;
}
export interface UpstreamResponse {
  readonly status: number;
  /** Lower-case names; the receiver's own from now on. */
  readonly headers: MutableHeaders;
  /**
   * A buffer when the answer arrived as a whole: the exchange is then over, and its connection free again. A stream that
   * breaks off is destroyed with an error; it has ended well if and only if it emits `end`.
   */
  readonly body: Readable | Buffer;
  readonly trailers?: () => Trailers | undefined;
}
/**
 * How one try failed before an answer came. `reset-before-request`: a kept connection had been closed before the request
 * reached it; `refused`: the upstream says that it did not begin (HTTP/2 REFUSED_STREAM, GOAWAY); `remote-reset`: it gave
 * up this one stream (RST_STREAM); `reset`: the connection ended; `invalid`: the request cannot be expressed in the protocol,
 * nothing was sent.
 */
export interface UpstreamFailure {
  readonly kind: 'connect-failure' | 'reset' | 'remote-reset' | 'reset-before-request' | 'refused' | 'invalid' | 'protocol-error';
  /** Envoy's words, for logs and the bodies of the proxy's own answers. */
  readonly message: string;
  /** What the operating system or TLS said about a failure to connect. */
  readonly transport?: string;
}
/** What is known of the connection a request goes out on. */
export interface UpstreamConnection {
  /** `127.0.0.1:50000` */
  readonly localAddress: string;
  /** The identity that the peer's verified certificate names. */
  readonly spiffeId: string | undefined;
}
export interface UpstreamHandlers {
  /** The connection is there; the request is being sent on it. */
  onConnection(connection: UpstreamConnection): void;
  /** An interim answer (1xx other than 100 and 101). */
  onInterim(status: number, headers: MutableHeaders): void;
  onResponse(response: UpstreamResponse): void;
  /** A 101: from now on the bytes of `socket` are the other protocol's; `head` came with the answer. */
  onUpgrade(response: UpstreamResponse, socket: Duplex, head: Buffer): void;
  /** Called at most once, and not after a response or after the stream was destroyed; never from within `send`. */
  onFailure(failure: UpstreamFailure): void;
}
/** One request on its way; `destroy` gives it up (after the answer is complete it does nothing). */
export type UpstreamStream = BodySink;

/** The connections to one endpoint. */
export interface ConnectionPool {
  /** Sends a request on a kept connection or a new one. */
  send(request: UpstreamRequest, handlers: UpstreamHandlers): UpstreamStream;
  /** Open connections, busy or idle. */
  readonly connections: number;
  /** Lets what is under way end, and keeps no connection afterwards. */
  retire(): void;
}
