import { connect } from 'node:net';

const TIMEOUT_MS = 500;

/** Does something accept TCP connections at `address:port`? False after half a second without an answer; never rejects. */
export function isListening(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: TIMEOUT_MS });
    const answer = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
