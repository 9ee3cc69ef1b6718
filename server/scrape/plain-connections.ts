import { connect, type LookupFunction, type Socket } from 'node:net';
import { ResponseReader, type ResponseHead } from './response-reader.ts';

const READ_BYTES = 256 * 1024;
/** How long a connection is kept that the server says nothing about. When it is gone by then, another one is made. */
const IDLE_MS = 90_000;
/** A connection goes this much before the server says it would close it. */
const IDLE_MARGIN_MS = 500;
const NOT_IN_HEADERS = /[^\t\x20-\x7e\x80-\xff]/;

export interface PlainRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
  /** Called with the head of the answer: gives who takes the body, or undefined when it is not wanted. What that throws ends the request. */
  readonly onHead: (head: ResponseHead) => ((piece: Buffer) => void) | undefined;
}

/**
 * GET requests over HTTP/1.1 without TLS, whose answers all pass through one buffer. Node's own client makes two buffers of
 * every piece it reads: for a page of 50 MB that is 100 MB of short-lived memory at every scrape, for which the engine
 * collects its whole heap twice; that cost as much as reading the page.
 */
export class PlainConnections {
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  readonly #idle = new Map<string, Connection[]>();
  #closed = false;

  /** The head of the answer, once its body was handed over. Rejects with a ResponseError or the socket's error. */
  async get(request: PlainRequest): Promise<ResponseHead> {
    const kept = this.#idle.get(request.url.host)?.pop();
    if (kept !== undefined) {
      try {
        return await this.#ask(kept, request);
      } catch (error) {
        // The server may have closed it in the very moment: then it has not begun to answer, and asking again is safe.
        if (kept.answered || request.signal.aborted) throw error;
      }
    }
    return this.#ask(new Connection(request, this.#buffer), request);
  }

  close(): void {
    this.#closed = true;
    for (const connections of this.#idle.values()) for (const connection of connections) connection.destroy();
    this.#idle.clear();
  }

  async #ask(connection: Connection, request: PlainRequest): Promise<ResponseHead> {
    const head = await connection.ask(request);
    if (!connection.reusable) return head;
    if (this.#closed) {
      connection.destroy();
      return head;
    }
    const { host } = request.url;
    const idle = this.#idle.get(host) ?? [];
    this.#idle.set(host, idle);
    idle.push(connection);
    connection.rest(idleMs(head), () => {
      const rest = idle.filter((one) => one !== connection);
      if (rest.length > 0) this.#idle.set(host, rest);
      else this.#idle.delete(host);
    });
    return head;
  }
}

/** How long to keep a connection: `Keep-Alive: timeout=5` is a server's own say. */
function idleMs({ headers }: ResponseHead): number {
  const stated = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(headers.get('keep-alive') ?? '')?.[1];
  return stated === undefined ? IDLE_MS : Math.max(1, Math.min(IDLE_MS, Number(stated) * 1000 - IDLE_MARGIN_MS));
}

/** One connection, with at most one request at a time. */
class Connection {
  readonly #socket: Socket;
  #reader: ResponseReader | undefined;
  #fail: (error: Error) => void = () => undefined;
  #onGone: (() => void) | undefined;
  /** Whether anything came back for the last request. */
  answered = false;
  reusable = false;

  constructor({ url, lookup }: PlainRequest, buffer: Buffer) {
    this.#socket = connect({
      // IPv6 addresses stand in brackets in a URL only.
      host: url.hostname.replaceAll(/[[\]]/g, ''),
      port: Number(url.port === '' ? 80 : url.port),
      lookup,
      noDelay: true,
      onread: { buffer, callback: (length, memory) => this.#read(Buffer.from(memory.buffer, memory.byteOffset, length)) },
    });
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end());
    this.#socket.on('end', () => this.#end());
    this.#socket.on('timeout', () => this.destroy());
  }

  ask({ url, headers, signal, onHead }: PlainRequest): Promise<ResponseHead> {
    this.answered = false;
    this.reusable = false;
    this.#onGone = undefined;
    this.#socket.setTimeout(0);
    this.#socket.ref();
    return new Promise<ResponseHead>((resolve, reject) => {
      let head: ResponseHead | undefined;
      let take: ((piece: Buffer) => void) | undefined;
      const settle = (error?: Error): void => {
        signal.removeEventListener('abort', onAbort);
        this.#reader = undefined;
        this.#fail = () => undefined;
        if (error === undefined && head !== undefined) resolve(head);
        else reject(error ?? new Error('the answer has no head'));
      };
      const onAbort = (): void => {
        this.destroy();
        settle(new Error('aborted'));
      };
      this.#fail = (error) => {
        this.destroy();
        settle(error);
      };
      this.#reader = new ResponseReader({
        onHead: (found) => {
          head = found;
          take = onHead(found);
          if (take !== undefined) return;
          this.destroy();
          settle();
        },
        onBody: (piece) => take?.(piece),
        onEnd: () => {
          if (take === undefined) return;
          this.reusable = head?.keepAlive === true;
          if (!this.reusable) this.destroy();
          settle();
        },
      });
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort);
      const unfit = Object.entries(headers).find(([, value]) => NOT_IN_HEADERS.test(value));
      if (unfit !== undefined) {
        this.#fail(new Error(`the header ${unfit[0]} has a character that no header may have`));
        return;
      }
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      this.#socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n${lines.join('')}\r\n`, 'latin1');
    });
  }

  /** Keeps the connection for the next request, for a while. `onGone` is called when it ends meanwhile. */
  rest(ms: number, onGone: () => void): void {
    this.#onGone = onGone;
    // An idle connection must not keep the process alive.
    this.#socket.unref();
    this.#socket.setTimeout(ms);
  }

  destroy(): void {
    this.reusable = false;
    this.#socket.destroy();
  }

  #read(bytes: Buffer): boolean {
    this.answered = true;
    const reader = this.#reader;
    // Nothing was asked for: whatever this is, the next answer could not be told from it.
    if (reader === undefined) this.destroy();
    else {
      try {
        reader.read(bytes);
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
      }
    }
    return true;
  }

  #end(error?: Error): void {
    this.reusable = false;
    const onGone = this.#onGone;
    this.#onGone = undefined;
    onGone?.();
    const reader = this.#reader;
    if (reader === undefined) return;
    try {
      if (error !== undefined) throw error;
      reader.close();
    } catch (cause) {
      this.#fail(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }
}
