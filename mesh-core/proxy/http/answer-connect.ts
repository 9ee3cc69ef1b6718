import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** TLS record type of a handshake. */
const TLS_HANDSHAKE = 0x16;

export interface ConnectRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Is this listener a forward proxy? */
  readonly accepts: boolean;
  /** Takes the tunnel as a client connection of its own. */
  readonly serve: (tunnel: Duplex) => void;
}

/**
 * Answers CONNECT as clients of `HTTP_PROXY` use it: the tunnel is opened at once and its bytes are then served as HTTP
 * requests on the same listener. TLS inside the tunnel is closed: the mesh encrypts by itself and cannot look into it.
 */
export function answerConnect({ socket, head, accepts, serve }: ConnectRequest): void {
  socket.on('error', () => {});
  if (!accepts) {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  const begin = (first: Buffer): void => {
    if (first[0] === TLS_HANDSHAKE) {
      socket.destroy();
      return;
    }
    socket.unshift(first);
    serve(socket);
    // It was paused while its first byte was looked at; whoever serves it now listens.
    socket.resume();
  };
  if (head.length > 0) begin(head);
  else
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      begin(chunk);
    });
}
