/** An answer that does not follow HTTP/1.1. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError';
}

export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; of a header that is there more than once, the values joined with a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the connection can be used again after this answer. */
  readonly keepAlive: boolean;
}
export interface ResponseSink {
  onHead(head: ResponseHead): void;
  /** A piece of the body: valid until this returns. */
  onBody(piece: Buffer): void;
  onEnd(): void;
}

const MAX_HEAD_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 4096;
const NEWLINE = 10;
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;

type State = 'head' | 'fixed' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close' | 'done';

/**
 * Reads one answer of a server as its bytes come, and hands the body on without keeping any of it: pages of metrics may have
 * 50 MB. Interim answers (1xx) are passed over. All methods throw ResponseError, after which the connection is of no use.
 * Source: RFC 9112 sections 4 to 7; a length in doubt is refused.
 */
export class ResponseReader {
  readonly #sink: ResponseSink;
  #state: State = 'head';
  #line = '';
  #head: string[] = [];
  #headBytes = 0;
  #left = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Takes the next bytes. What comes after the end is an error: nothing was asked for yet. */
  read(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      switch (this.#state) {
        case 'fixed':
        case 'chunk': {
          const end = Math.min(bytes.length, at + this.#left);
          this.#sink.onBody(bytes.subarray(at, end));
          this.#left -= end - at;
          at = end;
          if (this.#left === 0) this.#bodyRead();
          break;
        }
        case 'until-close':
          this.#sink.onBody(bytes.subarray(at));
          return;
        case 'done':
          throw new ResponseError('the target sent more than its answer');
        default: {
          const newline = bytes.indexOf(NEWLINE, at);
          const end = newline < 0 ? bytes.length : newline;
          this.#line += bytes.toString('latin1', at, end);
          if (this.#line.length > (this.#state === 'head' ? MAX_HEAD_BYTES : MAX_LINE_BYTES)) throw new ResponseError('the target sent a line without end');
          at = end + 1;
          if (newline >= 0) this.#takeLine();
        }
      }
    }
  }

  /** The connection ended. An answer without a length ends with it; any other is cut off. */
  close(): void {
    if (this.#state === 'done') return;
    if (this.#state !== 'until-close') throw new ResponseError('the target closed the connection before its answer was complete');
    this.#finish();
  }

  #takeLine(): void {
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    switch (this.#state) {
      case 'chunk-size': {
        const size = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line)?.[1];
        if (size === undefined) throw new ResponseError('the target sent a chunk without a size');
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? 'trailer' : 'chunk';
        return;
      }
      case 'chunk-end':
        if (line !== '') throw new ResponseError('the target sent a chunk that is longer than its size');
        this.#state = 'chunk-size';
        return;
      case 'trailer':
        if (line === '') this.#finish();
        return;
      default:
        this.#headBytes += line.length;
        if (this.#headBytes > MAX_HEAD_BYTES) throw new ResponseError('the head of the answer has no end');
        if (line !== '') this.#head.push(line);
        // Empty lines before the first one are passed over.
        else if (this.#head.length > 0) this.#takeHead();
    }
  }

  #takeHead(): void {
    const [first = '', ...lines] = this.#head;
    this.#head = [];
    this.#headBytes = 0;
    const match = STATUS_LINE.exec(first);
    if (match === null) throw new ResponseError('the target does not speak HTTP/1.1');
    const headers = readHeaders(lines);
    const status = Number(match[2]);
    if (status < 200 && status !== 101) return;
    const connection = (headers.get('connection') ?? '').toLowerCase().split(',').map((token) => token.trim());
    const persistent = match[1] === '1' ? !connection.includes('close') : connection.includes('keep-alive');
    const coding = headers.get('transfer-encoding')?.toLowerCase();
    const length = headers.get('content-length');
    if (coding !== undefined && (coding !== 'chunked' || length !== undefined)) throw new ResponseError(`the length of the answer is in doubt (Transfer-Encoding ${coding.slice(0, 40)}${length === undefined ? '' : ' and Content-Length'})`);
    if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new ResponseError(`the answer has ${JSON.stringify(length.slice(0, 40))} for a Content-Length`);
    const bodyless = status === 204 || status === 304;
    this.#state = bodyless || length === '0' ? 'done' : coding !== undefined ? 'chunk-size' : length !== undefined ? 'fixed' : 'until-close';
    this.#left = Number(length ?? 0);
    const ended = this.#state === 'done' || (this.#state === 'fixed' && this.#left === 0);
    this.#sink.onHead({ status, headers, keepAlive: persistent && this.#state !== 'until-close' });
    if (ended) this.#finish();
  }

  #bodyRead(): void {
    if (this.#state === 'chunk') this.#state = 'chunk-end';
    else this.#finish();
  }

  #finish(): void {
    this.#state = 'done';
    this.#sink.onEnd();
  }
}

function readHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const match = HEADER.exec(line);
    if (match === null) throw new ResponseError(`the head of the answer has a line that is no header: ${JSON.stringify(line.slice(0, 60))}`);
    const name = (match[1] ?? '').toLowerCase();
    const value = match[2] ?? '';
    const known = headers.get(name);
    // The same length twice is one length; two lengths are none.
    if (known !== undefined && name === 'content-length' && known === value) continue;
    headers.set(name, known === undefined ? value : `${known}, ${value}`);
  }
  return headers;
}
