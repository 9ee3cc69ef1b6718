/** The answers that a request gets which does not follow the protocol. */
export type RefusalStatus = 400 | 408 | 413 | 426 | 431 | 501;

/** Bytes that are no HTTP/1.1, or not within our limits. The connection they came on is of no further use. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
  /** What to answer when a client sent it. */
  readonly status: RefusalStatus;

  constructor(message: string, status: RefusalStatus = 400) {
    super(message);
    this.status = status;
  }
}
