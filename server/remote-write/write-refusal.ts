/** A write request that is not taken, with the HTTP status that tells the sender what to do: 4xx must not be sent again. */
export class WriteRefusal extends Error {
  override readonly name = 'WriteRefusal';
  readonly status: 400 | 413 | 415;
  constructor(status: WriteRefusal['status'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
