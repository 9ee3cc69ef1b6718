import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

/**
 * Free ports of 127.0.0.1, held until they are needed: the control plane must know them before the listeners that it
 * describes can be bound, and meanwhile nobody else may get them. Connections to a held port are closed at once.
 */
export class ReservedPorts {
  readonly ports: readonly number[];
  readonly #holders: Map<number, Server>;

  private constructor(holders: Map<number, Server>) {
    this.#holders = holders;
    this.ports = [...holders.keys()];
  }

  /** Finds `count` ports, all different. Rejects when the machine has none left. */
  static async hold(count: number): Promise<ReservedPorts> {
    const holders = new Map<number, Server>();
    const reserved = await Promise.allSettled(Array.from({ length: count }, () => holdPort(holders)));
    const failed = reserved.find((result) => result.status === 'rejected');
    if (failed === undefined) return new ReservedPorts(holders);
    for (const server of holders.values()) server.close();
    throw failed.reason;
  }

  /**
   * Hands over the socket that holds a port, for `server.listen(held)`: the port is never free in between, when anybody
   * could take it. It is then the listener's to close. Undefined for a port that is not held.
   */
  take(port: number): Server | undefined {
    const holder = this.#holders.get(port);
    this.#holders.delete(port);
    return holder;
  }

  /** Gives all free that are still held. */
  close(): void {
    for (const holder of this.#holders.values()) holder.close();
    this.#holders.clear();
  }
}

function holdPort(holders: Map<number, Server>): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  // A reservation is no reason to keep the process alive.
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      holders.set((server.address() as AddressInfo).port, server);
      resolve();
    });
  });
}
