import { Server } from '@grpc/grpc-js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import { CREATE_CERTIFICATE } from '#mesh-core/wire/xds/certificate-service.ts';
import type { CertificateRequest, CertificateResponse } from '#mesh-core/wire/xds/certificate-service.ts';
import { DELTA_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/delta-discovery.ts';
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from '#mesh-core/wire/xds/delta-discovery.ts';
import { STREAM_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/discovery.ts';
import type { DiscoveryRequest, DiscoveryResponse } from '#mesh-core/wire/xds/discovery.ts';
import { MeshServerCredentials } from './mesh-server-credentials.ts';
import type { ServerTls } from './mesh-server-credentials.ts';
import type { StreamCall } from './proxy-stream.ts';

export interface XdsServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls: ServerTls;
  readonly rootPem: string;
  readonly streamResources: (call: StreamCall<DiscoveryRequest, DiscoveryResponse>) => void;
  readonly deltaResources: (call: StreamCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse>) => void;
  readonly createCertificate: handleUnaryCall<CertificateRequest, CertificateResponse>;
}
export interface XdsServer {
  readonly port: number;
  /** Serves new connections with another certificate, and judges their clients by these roots (PEM). */
  setTls(tls: ServerTls, rootPem: string): void;
  /** Ends every stream and stops listening. */
  close(): void;
}

/** Listens for proxies: configuration and certificates over gRPC with TLS. Rejects when the port is taken. */
export async function startXdsServer({ host, port, tls, rootPem, streamResources, deltaResources, createCertificate }: XdsServerOptions): Promise<XdsServer> {
  const server = new Server({
    // A proxy that is gone without a word (its machine slept, its network went) is noticed within half a minute.
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_receive_message_length': 4 * 1024 * 1024,
  });
  server.addService({ streamAggregatedResources: STREAM_AGGREGATED_RESOURCES, deltaAggregatedResources: DELTA_AGGREGATED_RESOURCES }, { streamAggregatedResources: streamResources, deltaAggregatedResources: deltaResources });
  server.addService({ createCertificate: CREATE_CERTIFICATE }, { createCertificate });
  const credentials = new MeshServerCredentials(tls, rootPem);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, taken) => {
      if (error === null) return resolve(taken);
      server.forceShutdown();
      reject(error);
    });
  });
  return { port: bound, setTls: (next, roots) => credentials.rotate(next, roots), close: () => server.forceShutdown() };
}
