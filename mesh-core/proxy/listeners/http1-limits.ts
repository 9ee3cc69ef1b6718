import type { HttpConnectionManager } from '#mesh-core/domain/envoy/resources.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import { SERVER_TIMEOUTS } from '../http/http1/server-connection.ts';
import type { ServerConnectionOptions } from '../http/http1/server-connection.ts';

/** What a connection manager allows the connections of its clients; Envoy's defaults where it says nothing. */
export function http1Limits({ commonHttpProtocolOptions: common, streamIdleTimeout, requestHeadersTimeout }: HttpConnectionManager): Pick<ServerConnectionOptions, 'timeouts' | 'maxRequests' | 'underscores'> {
  return {
    timeouts: {
      idleMs: limitMs(common?.idleTimeout) ?? SERVER_TIMEOUTS.idleMs,
      headMs: limitMs(requestHeadersTimeout) ?? SERVER_TIMEOUTS.headMs,
      streamIdleMs: limitMs(streamIdleTimeout) ?? SERVER_TIMEOUTS.streamIdleMs,
    },
    maxRequests: common?.maxRequestsPerConnection || Infinity,
    underscores: common?.headersWithUnderscoresAction ?? 'ALLOW',
  };
}

/** Zero switches a limit off. */
function limitMs(text: string | undefined): number | undefined {
  const ms = text === undefined ? undefined : parseDuration(text);
  return ms === 0 ? Infinity : ms;
}
