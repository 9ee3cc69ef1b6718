import type { Duplex } from 'node:stream';
import type { HttpConnectionManager } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { HTTP2_PREFACE } from './sniff-http.ts';

export type HttpCodec = 'http1' | 'http2';

const BY_ALPN: Readonly<Record<string, HttpCodec>> = { h2: 'http2', 'istio-h2': 'http2', 'http/1.1': 'http1', 'http/1.0': 'http1', 'istio-http/1.1': 'http1', 'istio-http/1.0': 'http1' };
/** A client that says nothing is told so by the codec's own limits; this one is for a preface that stops half way. */
const PREFACE_LIMIT_MS = 60_000;

/**
 * Which codec a connection is for: as configured, by ALPN, or by whether it begins with HTTP/2's preface. Calls `chosen` at
 * most once, with the connection paused and all of its bytes in it. Source: Envoy's HttpConnectionManager codec AUTO.
 */
export function chooseCodec(socket: Duplex & { readonly alpnProtocol?: unknown }, configured: HttpConnectionManager['codecType'], clock: Clock, chosen: (codec: HttpCodec) => void): void {
  const negotiated = typeof socket.alpnProtocol === 'string' ? BY_ALPN[socket.alpnProtocol] : undefined;
  const known = configured === 'HTTP1' ? 'http1' : configured === 'HTTP2' ? 'http2' : negotiated;
  if (known !== undefined) {
    chosen(known);
    return;
  }
  let bytes: Buffer = Buffer.alloc(0);
  const settle = (codec: HttpCodec | undefined): void => {
    cancel();
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', onClose);
    socket.pause();
    if (codec === undefined) return;
    if (bytes.length > 0) socket.unshift(bytes);
    chosen(codec);
  };
  const cancel = clock.after(PREFACE_LIMIT_MS, () => settle('http1'));
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const compared = Math.min(bytes.length, HTTP2_PREFACE.length);
    if (bytes.compare(HTTP2_PREFACE, 0, compared, 0, compared) !== 0) settle('http1');
    else if (compared === HTTP2_PREFACE.length) settle('http2');
  };
  const onEnd = (): void => settle('http1');
  const onClose = (): void => settle(undefined);
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', onClose);
  socket.resume();
}
