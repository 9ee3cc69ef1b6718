/**
 * An answer whose body is bytes at hand. A web Response copies its body twice on the way to the socket, which for the
 * megabytes of a large query costs more than the query; `sendResponse` writes these chunks as they are. To any other
 * reader the body is empty.
 */
export class BytesResponse extends Response {
  readonly chunks: readonly Uint8Array[];

  constructor(chunks: readonly Uint8Array[], init: ResponseInit) {
    super(null, init);
    this.chunks = chunks;
  }
}
