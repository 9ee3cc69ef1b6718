import { Client, credentials, Metadata } from '@grpc/grpc-js';

/** How a workload reaches and authenticates to the control plane: TLS verified against the mesh root, plus a token or a certificate. */
export interface ControlPlaneAddress {
  /** `127.0.0.1:15012`. */
  readonly address: string;
  /** The mesh root (PEM): the control plane's certificate must chain to it. */
  readonly rootPem: string;
  /** Join token (JWT, audience istio-ca). */
  readonly token?: string;
  /** The workload's own certificate; enough once it has one. */
  readonly clientCert?: { readonly keyPem: string; readonly certChainPem: string };
}

/** A channel of its own (close it after use) and the metadata that authenticates each call. */
export function openChannel(options: ControlPlaneAddress): { client: Client; metadata: Metadata } {
  const { clientCert } = options;
  const tls = clientCert === undefined ? credentials.createSsl(Buffer.from(options.rootPem)) : credentials.createSsl(Buffer.from(options.rootPem), Buffer.from(clientCert.keyPem), Buffer.from(clientCert.certChainPem));
  const metadata = new Metadata();
  if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
  const client = new Client(options.address, tls, {
    // A channel of the global pool would keep another identity's connection.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.max_receive_message_length': 64 * 1024 * 1024,
    // Reconnecting is the caller's: it must re-send its subscriptions anyway.
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.enable_retries': 0,
  });
  return { client, metadata };
}
