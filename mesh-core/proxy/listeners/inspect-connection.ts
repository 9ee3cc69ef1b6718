import type { Socket } from 'node:net';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { parseClientHello } from './client-hello.ts';
import { sniffHttp } from './sniff-http.ts';

/** What the first bytes of a connection told. */
export interface Inspection {
  readonly transportProtocol: 'tls' | 'raw_buffer';
  /** Empty = none named. */
  readonly serverName: string;
  readonly applicationProtocols: readonly string[];
}
export interface InspectionOptions {
  /** Look for a TLS handshake. */
  readonly tls: boolean;
  /** Look for HTTP on connections that are not TLS. */
  readonly http: boolean;
  /** How long to wait for enough bytes; undefined = for ever. */
  readonly timeoutMs: number | undefined;
  /** What to do then: go on with what is known, or close. */
  readonly continueOnTimeout: boolean;
}

/** Nothing was looked at. */
export const UNINSPECTED: Inspection = { transportProtocol: 'raw_buffer', serverName: '', applicationProtocols: [] };

/**
 * Reads as much of a connection as the inspectors need, puts it all back and calls `done` once with the connection paused;
 * undefined = it is closed. Bytes are never changed or lost: whoever takes the connection reads it from its beginning.
 * Source: Envoy's listener filters tls_inspector and http_inspector.
 */
export function inspectConnection(socket: Socket, options: InspectionOptions, clock: Clock, done: (inspection: Inspection | undefined) => void): void {
  if (!options.tls && !options.http) {
    done(UNINSPECTED);
    return;
  }
  let bytes: Buffer = Buffer.alloc(0);
  const cancel = options.timeoutMs === undefined ? (): void => {} : clock.after(options.timeoutMs, () => settle(options.continueOnTimeout ? UNINSPECTED : undefined));
  const settle = (inspection: Inspection | undefined): void => {
    cancel();
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', onClose);
    if (inspection === undefined) socket.destroy();
    else {
      socket.pause();
      if (bytes.length > 0) socket.unshift(bytes);
    }
    done(inspection);
  };
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const inspection = inspect(bytes, options);
    if (inspection !== 'incomplete') settle(inspection);
  };
  // The peer has said all it will: what came is not enough for either protocol.
  const onEnd = (): void => settle(bytes.length === 0 ? undefined : UNINSPECTED);
  const onClose = (): void => settle(undefined);
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', onClose);
}

function inspect(bytes: Buffer, { tls, http }: InspectionOptions): Inspection | 'incomplete' | undefined {
  if (tls) {
    const hello = parseClientHello(bytes);
    if (hello.kind === 'incomplete') return 'incomplete';
    if (hello.kind === 'too-large') return undefined;
    if (hello.kind === 'hello') return { transportProtocol: 'tls', serverName: hello.serverName, applicationProtocols: hello.protocols };
  }
  if (!http) return UNINSPECTED;
  const sniffed = sniffHttp(bytes);
  if (sniffed === 'incomplete') return 'incomplete';
  return sniffed === 'not-http' ? UNINSPECTED : { ...UNINSPECTED, applicationProtocols: [sniffed] };
}
