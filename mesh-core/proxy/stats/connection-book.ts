/** A connection as far as its bytes count. */
export interface CountedConnection {
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
}

/** The open connections of one place, and the bytes of all there have been. Bytes are read off the sockets, not counted one by one. */
export class ConnectionBook<Connection extends CountedConnection = CountedConnection> {
  readonly #open = new Set<Connection>();
  #read = 0;
  #written = 0;

  get active(): number {
    return this.#open.size;
  }
  get open(): Iterable<Connection> {
    return this.#open;
  }
  get bytesRead(): number {
    return this.#sum((connection) => connection.bytesRead ?? 0, this.#read);
  }
  get bytesWritten(): number {
    return this.#sum((connection) => connection.bytesWritten ?? 0, this.#written);
  }

  opened(connection: Connection): void {
    this.#open.add(connection);
  }

  /** Takes it out of the book; a second time does nothing. */
  closed(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    this.#read += connection.bytesRead ?? 0;
    this.#written += connection.bytesWritten ?? 0;
  }

  /** Bytes count from now on. */
  reset(): void {
    this.#read = 0;
    this.#written = 0;
    this.#read = -this.bytesRead;
    this.#written = -this.bytesWritten;
  }

  #sum(bytesOf: (connection: Connection) => number, start: number): number {
    let sum = start;
    for (const connection of this.#open) sum += bytesOf(connection);
    return sum;
  }
}
