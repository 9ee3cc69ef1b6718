import type { Duplex, Readable } from 'node:stream';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { RouteOutcome } from '#mesh-core/domain/decide/decide-route.ts';
import { addFlag } from '../telemetry/request-record.ts';
import type { RequestRecord, ResponseFlag } from '../telemetry/request-record.ts';
import type { Body, Trailers } from './message.ts';

/** The request as filters see and change it. `path` carries the query. */
export interface RequestLine {
  method: string;
  path: string;
  authority: string;
  scheme: string;
  headers: MutableHeaders;
}
/** Who sent the request. */
export interface Downstream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly tls: boolean;
  /** From the peer's verified certificate. */
  readonly spiffeId: string | undefined;
  readonly serverName: string;
  /** SHA-256 of the peer's certificate in hex; for x-forwarded-client-cert. */
  readonly certificateHash: string | undefined;
}
/** The answer on its way to the client. Filters may change its headers; a body that is no stream is complete. */
export interface ProxyResponse {
  readonly status: number;
  readonly headers: MutableHeaders;
  readonly body: Body;
  /** What follows a streamed body, known when it has ended. */
  readonly trailers?: () => Trailers | undefined;
  /** After a 101: the bytes go through both ways. */
  readonly upgraded?: { readonly socket: Duplex; readonly head: Buffer; readonly protocol: string };
}
export type Respond = (response: ProxyResponse) => void;
export type Dispatch = (exchange: Exchange, respond: Respond) => void;
/** Wraps what comes after it; may change the request before `next`, and the response by wrapping `respond`. */
export type Filter = (next: Dispatch) => Dispatch;

/** One request on its way through the filters, to its end. Ends exactly once. */
export class Exchange {
  readonly line: RequestLine;
  /** Undefined for a request without body; a buffer when all of it was there at once. A filter that reads it puts it back. */
  body: Readable | Buffer | undefined;
  /** What follows the body, known when it has ended. */
  readonly trailers: (() => Trailers | undefined) | undefined;
  readonly downstream: Downstream;
  readonly record: RequestRecord;
  /** `websocket` …; undefined for an ordinary request. */
  readonly upgrade: string | undefined;
  /** On the clock of `performance.now`. */
  readonly startedMs = performance.now();
  /** What routing decided; set by the route filter. */
  outcome: RouteOutcome | undefined;
  /** Did the caller send its peer metadata? Then it gets ours back. */
  wantsPeerMetadata = false;
  #state: 'open' | 'aborted' | 'done' = 'open';
  readonly #onAbort: (() => void)[] = [];
  readonly #onDone: ((record: RequestRecord) => void)[] = [];
  #killDownstream: () => void = () => {};
  #inform: (status: number, headers: MutableHeaders) => void = () => {};

  constructor(parts: { line: RequestLine; body: Readable | Buffer | undefined; trailers?: (() => Trailers | undefined) | undefined; downstream: Downstream; record: RequestRecord; upgrade: string | undefined }) {
    this.line = parts.line;
    this.body = parts.body;
    this.trailers = parts.trailers;
    this.downstream = parts.downstream;
    this.record = parts.record;
    this.upgrade = parts.upgrade;
  }

  get aborted(): boolean {
    return this.#state === 'aborted';
  }

  /** Is there nobody any more to answer to? */
  get ended(): boolean {
    return this.#state !== 'open';
  }

  /** Adds a response flag to the record. */
  flag(flag: ResponseFlag): void {
    addFlag(this.record, flag);
  }

  /** Called when the client went away before the answer was complete; at once if it has. */
  onAbort(fn: () => void): void {
    if (this.#state === 'aborted') fn();
    else this.#onAbort.push(fn);
  }

  /** Called once, when the request has ended in whatever way; later registrations run first. */
  onDone(fn: (record: RequestRecord) => void): void {
    this.#onDone.push(fn);
  }

  /** How to break the client's connection when a started answer cannot be completed. */
  setKill(fn: () => void): void {
    this.#killDownstream = fn;
  }

  /** Breaks the client's connection: it must not take a cut answer for a whole one. */
  kill(): void {
    this.#killDownstream();
  }

  /** How to send an interim answer. */
  setInform(fn: (status: number, headers: MutableHeaders) => void): void {
    this.#inform = fn;
  }

  /** Sends the client an interim answer (103), if its protocol has them. */
  inform(status: number, headers: MutableHeaders): void {
    if (this.#state === 'open') this.#inform(status, headers);
  }

  /** The client left. */
  abort(): void {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    for (const fn of this.#onAbort) fn();
  }

  /** The answer is complete, or the client has left: closes the books. */
  finish(): void {
    if (this.#state === 'done') return;
    this.#state = 'done';
    for (let i = this.#onDone.length - 1; i >= 0; i--) this.#onDone[i]?.(this.record);
  }
}

/** Puts filters in front of a last dispatch, the first of the list outermost. */
export function composeFilters(filters: readonly Filter[], last: Dispatch): Dispatch {
  return filters.reduceRight((next, filter) => filter(next), last);
}

/**
 * An answer of the proxy's own, as Envoy gives it: text, with the reason in the record. A gRPC call gets its status in an
 * answer without messages (`grpcStatus`, or the one that stands for the HTTP status), the text as its message.
 */
export function localReply(exchange: Exchange, respond: Respond, reply: { status: number; body: string; details: string; flag?: ResponseFlag; headers?: MutableHeaders; grpcStatus?: number | undefined }): void {
  exchange.record.details = reply.details;
  if (reply.flag !== undefined) exchange.flag(reply.flag);
  if (exchange.record.isGrpc) {
    const grpcStatus = String(reply.grpcStatus ?? grpcStatusOf(reply.status));
    exchange.record.grpcStatus = grpcStatus;
    const message = reply.body === '' ? {} : { 'grpc-message': percentEncoded(reply.body) };
    respond({ status: 200, headers: { ...reply.headers, 'content-type': 'application/grpc', 'grpc-status': grpcStatus, ...message }, body: '' });
    return;
  }
  const headers: MutableHeaders = reply.body === '' ? { 'content-length': '0' } : { 'content-length': String(Buffer.byteLength(reply.body)), 'content-type': 'text/plain' };
  respond({ status: reply.status, headers: { ...headers, ...reply.headers }, body: reply.body });
}

/** The gRPC status that stands for an HTTP status. Source: grpc's http-grpc-status-mapping, as Envoy maps. */
export function grpcStatusOf(status: number): number {
  return GRPC_STATUS[status] ?? 2;
}

const GRPC_STATUS: Readonly<Record<number, number>> = { 200: 0, 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 };

/** As gRPC writes messages in a field: printable ASCII but `%`, everything else by its bytes in UTF-8. */
function percentEncoded(text: string): string {
  return text.replaceAll(/[^ -$&-~]/gu, (character) => [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));
}
