import type { Any, Cluster } from '#mesh-core/domain/envoy/resources.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';

/** Cluster settings that make a proxy send over HTTP/2, or as the request came. */
export function sendsHttp2(kind: 'explicitHttpConfig' | 'useDownstreamProtocolConfig' = 'explicitHttpConfig', options: { readonly maxConcurrentStreams?: number } = {}): Pick<Cluster, 'typedExtensionProtocolOptions'> {
  const config: Any = { '@type': TYPE_URLS.httpProtocolOptions, [kind]: { http2ProtocolOptions: options, ...(kind === 'explicitHttpConfig' ? {} : { httpProtocolOptions: {} }) } };
  return { typedExtensionProtocolOptions: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': config } };
}
