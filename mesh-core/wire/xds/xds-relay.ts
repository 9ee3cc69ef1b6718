import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServiceError } from '@grpc/grpc-js';
import { openChannel } from './control-plane-channel.ts';
import type { ControlPlaneAddress } from './control-plane-channel.ts';
import { DELTA_AGGREGATED_RESOURCES } from './delta-discovery.ts';
import { STREAM_AGGREGATED_RESOURCES } from './discovery.ts';

export interface XdsRelay {
  /** Where it listens on 127.0.0.1, without TLS. */
  readonly port: number;
  close(): void;
}

const asIs = (bytes: Buffer): Buffer => bytes;
const PATHS = { sotw: STREAM_AGGREGATED_RESOURCES.path, delta: DELTA_AGGREGATED_RESOURCES.path };

/**
 * Passes the ADS streams of a program on this machine on to the control plane, under this workload's identity: a gRPC library
 * that speaks xDS has neither the mesh's token nor its roots. It is what Istio's agent does on a unix socket for proxyless
 * gRPC; the control plane itself is reached by TLS only. Bytes pass as they are.
 */
export async function startXdsRelay(controlPlane: () => Promise<ControlPlaneAddress>, port = 0): Promise<XdsRelay> {
  const server = new Server();
  const relay = (path: string) => (downstream: ServerDuplexStream<Buffer, Buffer>): void => void pass(downstream, path, controlPlane);
  const method = (path: string) => ({ path, requestStream: true as const, responseStream: true as const, requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs });
  server.addService({ sotw: method(PATHS.sotw), delta: method(PATHS.delta) }, { sotw: relay(PATHS.sotw), delta: relay(PATHS.delta) });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, taken) => (error === null ? resolve(taken) : reject(error)));
  });
  return { port: bound, close: () => server.forceShutdown() };
}

async function pass(downstream: ServerDuplexStream<Buffer, Buffer>, path: string, controlPlane: () => Promise<ControlPlaneAddress>): Promise<void> {
  const early: Buffer[] = [];
  const keep = (bytes: Buffer): void => void early.push(bytes);
  downstream.on('data', keep);
  const { client, metadata } = openChannel(await controlPlane());
  const upstream = client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs, metadata);
  const leave = (): void => {
    upstream.cancel();
    client.close();
  };
  downstream.off('data', keep);
  for (const bytes of early) upstream.write(bytes);
  downstream.on('data', (bytes: Buffer) => upstream.write(bytes));
  downstream.on('end', () => upstream.end());
  downstream.on('cancelled', leave);
  downstream.on('error', leave);
  upstream.on('data', (bytes: Buffer) => downstream.write(bytes));
  upstream.on('end', () => downstream.end());
  upstream.on('error', ({ code, details }: ServiceError) => {
    client.close();
    downstream.emit('error', { code, details });
  });
}
