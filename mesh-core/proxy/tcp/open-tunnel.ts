import type { Duplex } from 'node:stream';
import { selectVirtualHost } from '#mesh-core/domain/decide/select-virtual-host.ts';
import type { RouteConfiguration } from '#mesh-core/domain/envoy/resources.ts';
import type { Downstream } from '../http/exchange.ts';
import { refusal } from '../http/http1/refusal.ts';
import type { HttpCodec } from '../listeners/choose-codec.ts';
import type { ServiceDependencies } from '../listeners/connection-service.ts';
import { sniffHttp } from '../listeners/sniff-http.ts';
import { encodeGreeting } from './peer-exchange.ts';
import type { RequestLogger } from '../telemetry/request-loggers.ts';
import { TcpConnection } from './tcp-connection.ts';
import { connectionRecord } from '../telemetry/request-record.ts';
import { chooseCluster } from './tcp-service.ts';

export interface TunnelRequest {
  /** `host:port`, as CONNECT names it. */
  readonly authority: string;
  /** Unanswered, paused, with the first bytes of the tunnel in it if they came already. */
  readonly socket: Duplex;
  readonly downstream: Downstream;
  readonly routes: RouteConfiguration | undefined;
  readonly deps: ServiceDependencies;
  readonly loggers: readonly RequestLogger[];
  /** Serves the bytes of the tunnel as requests to the listener that the tunnel was asked of. */
  readonly serveHttp: (codec: HttpCodec) => void;
}
/** What may become of a tunnel: requests, TCP to a cluster, or whichever of them its first bytes are. */
interface TunnelPlan {
  readonly http: boolean;
  readonly cluster: string | undefined;
}

/** A client that waits for its server to speak first is no HTTP client. */
const SILENCE_MS = 1000;

/**
 * Opens the tunnel that a client of an HTTP proxy asks for with CONNECT. A virtual host with a route for CONNECT leads to its
 * cluster as TCP, so that any client that knows HTTPS proxies can use TCP services; one with other routes is served as HTTP,
 * whichever version the bytes are, and what is none is let through only to hosts outside the mesh. Source: Envoy's
 * connect_config and connect_matcher.
 */
export function openTunnel(request: TunnelRequest): void {
  const { authority, socket, routes, deps, serveHttp } = request;
  const { http, cluster } = planTunnel(routes, authority, deps.random());
  if (!http) {
    if (cluster === undefined) socket.end(refusal(404));
    else joinTunnel(request, cluster, false);
    return;
  }
  socket.write(ESTABLISHED);
  firstBytes(request, cluster === undefined ? 'http1' : 'none', (codec) => {
    if (codec !== 'none') serveHttp(codec);
    else if (cluster === undefined) socket.destroy();
    else joinTunnel(request, cluster, true);
  });
}

const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

function planTunnel(routes: RouteConfiguration | undefined, authority: string, random: number): TunnelPlan {
  const host = routes === undefined ? undefined : selectVirtualHost(routes, authority);
  if (host === undefined) return { http: false, cluster: undefined };
  const tunnel = host.routes.find(({ match }) => match.connectMatcher !== undefined)?.route;
  if (tunnel !== undefined) return { http: host.routes.some(({ match }) => match.connectMatcher === undefined), cluster: chooseCluster(tunnel, random) };
  const unknown = host.routes.length === 1 ? host.routes[0]?.route?.cluster : undefined;
  return { http: true, cluster: unknown === 'PassthroughCluster' ? unknown : undefined };
}

function joinTunnel({ socket, downstream, authority, deps, loggers }: TunnelRequest, cluster: string, isAnswered: boolean): void {
  const record = connectionRecord(downstream, deps.clock.now());
  record.method = 'CONNECT';
  record.authority = authority;
  record.clusterName = cluster;
  record.ownPrincipal = deps.certificate.current.spiffeId;
  const ends = {
    authority,
    onConnected: () => {
      if (!isAnswered) socket.write(ESTABLISHED);
    },
    onFailed: () => {
      if (isAnswered) socket.destroy();
      else socket.end(refusal(503, 'upstream connect error'));
    },
  };
  new TcpConnection({ ...deps, stats: undefined, side: 'outbound', greeting: () => encodeGreeting(deps.ownMetadata), loggers }, socket, downstream, record, {}, ends).begin();
}

/** Looks at the first bytes and puts them back; `silent` = what a client is taken for that says nothing. */
function firstBytes({ socket, deps }: TunnelRequest, silent: HttpCodec | 'none', decide: (codec: HttpCodec | 'none') => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const settle = (codec: HttpCodec | 'none' | undefined): void => {
    cancel();
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', onClose);
    socket.pause();
    if (bytes.length > 0) socket.unshift(bytes);
    if (codec !== undefined) decide(codec);
  };
  const cancel = deps.clock.after(SILENCE_MS, () => settle(bytes.length === 0 ? silent : 'http1'));
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const sniffed = sniffHttp(bytes);
    if (sniffed !== 'incomplete') settle(sniffed === 'not-http' ? 'none' : sniffed === 'h2c' ? 'http2' : 'http1');
  };
  const onEnd = (): void => settle('none');
  const onClose = (): void => settle(undefined);
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', onClose);
  socket.resume();
}
