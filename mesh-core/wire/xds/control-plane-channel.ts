import { isIP } from 'node:net';
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

/** The name of Istio's control plane: in its certificate whatever address it is reached at. */
const CONTROL_PLANE_NAME = 'istiod.istio-system.svc';

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
    // TLS has no server names that are addresses (RFC 6066 section 3): ask for the control plane by its name.
    ...(isIP(hostOf(options.address)) === 0 ? {} : { 'grpc.ssl_target_name_override': CONTROL_PLANE_NAME }),
  });
  return { client, metadata };
}

/** `127.0.0.1` of `127.0.0.1:15012`, `::1` of `[::1]:15012`. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replaceAll(/^\[|\]$/g, '');
}
