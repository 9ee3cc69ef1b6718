import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * Finds `count` free ports of 127.0.0.1, all different. They are closed again before they are returned: the control plane
 * must know them before the listeners that it describes can be bound. Rejects when the machine has none left.
 */
export async function reservePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject);
            server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
          }),
      ),
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
