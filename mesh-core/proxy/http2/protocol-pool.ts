import type { Cluster } from '#mesh-core/domain/envoy/resources.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import type { ConnectionPool, UpstreamHandlers, UpstreamRequest, UpstreamStream } from '../upstream/connection-pool.ts';

/** How a cluster's requests are sent: always one way, or as each came in. */
export interface UpstreamHttp {
  readonly protocol: 'http1' | 'http2' | 'as-downstream';
  readonly maxConcurrentStreams: number | undefined;
  /** How long a connection is kept that carries nothing; undefined = as the proxy does by default. */
  readonly idleMs: number | undefined;
  /** How long a connection may be used for new requests. */
  readonly maxAgeMs: number | undefined;
  readonly maxRequestsPerConnection: number | undefined;
}

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** What a cluster's HttpProtocolOptions say; without them HTTP/1.1. Source: envoy.extensions.upstreams.http.v3. */
export function upstreamHttpOf(cluster: Cluster): UpstreamHttp {
  // Safe because the key says what the message is.
  const { explicitHttpConfig, useDownstreamProtocolConfig, commonHttpProtocolOptions } = (cluster.typedExtensionProtocolOptions?.[OPTIONS] ?? {}) as HttpProtocolOptions;
  const maxConcurrentStreams = (explicitHttpConfig ?? useDownstreamProtocolConfig)?.http2ProtocolOptions?.maxConcurrentStreams;
  const protocol = explicitHttpConfig?.http2ProtocolOptions !== undefined ? 'http2' : useDownstreamProtocolConfig?.http2ProtocolOptions !== undefined ? 'as-downstream' : 'http1';
  const { idleTimeout, maxConnectionDuration, maxRequestsPerConnection } = commonHttpProtocolOptions ?? {};
  return { protocol, maxConcurrentStreams, idleMs: limitMs(idleTimeout), maxAgeMs: limitMs(maxConnectionDuration), maxRequestsPerConnection: maxRequestsPerConnection || undefined };
}

interface HttpProtocolOptions {
  readonly explicitHttpConfig?: ProtocolOptions;
  readonly useDownstreamProtocolConfig?: ProtocolOptions;
  readonly commonHttpProtocolOptions?: { readonly idleTimeout?: string; readonly maxConnectionDuration?: string; readonly maxRequestsPerConnection?: number };
}

interface ProtocolOptions {
  readonly http2ProtocolOptions?: { readonly maxConcurrentStreams?: number };
}

/** Zero switches a limit off: Envoy. */
function limitMs(text: string | undefined): number | undefined {
  const ms = text === undefined ? undefined : parseDuration(text);
  return ms === 0 ? Infinity : ms;
}

/** Sends requests over HTTP/1.1 or HTTP/2, by pools that are made when they are needed. Upgrades are HTTP/1.1's. */
export class ProtocolPool implements ConnectionPool {
  readonly #protocol: UpstreamHttp['protocol'];
  readonly #make: { readonly http1: () => ConnectionPool; readonly http2: () => ConnectionPool };
  readonly #pools: { http1?: ConnectionPool; http2?: ConnectionPool } = {};

  constructor(protocol: UpstreamHttp['protocol'], make: { readonly http1: () => ConnectionPool; readonly http2: () => ConnectionPool }) {
    this.#protocol = protocol;
    this.#make = make;
  }

  get connections(): number {
    return (this.#pools.http1?.connections ?? 0) + (this.#pools.http2?.connections ?? 0);
  }

  send(request: UpstreamRequest, handlers: UpstreamHandlers): UpstreamStream {
    const isHttp2 = request.upgrade === undefined && (this.#protocol === 'http2' || (this.#protocol === 'as-downstream' && request.fromHttp2 === true));
    const pool = isHttp2 ? (this.#pools.http2 ??= this.#make.http2()) : (this.#pools.http1 ??= this.#make.http1());
    return pool.send(request, handlers);
  }

  retire(): void {
    this.#pools.http1?.retire();
    this.#pools.http2?.retire();
  }
}
