import { MESH_ROOTS_SECRET, WORKLOAD_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import type { Cluster, Listener, TransportSocket } from '#mesh-core/domain/envoy/resources.ts';
import { isFileSecret } from '../identity/file-secrets.ts';
import { secretNamesOf } from '../tls/tls-material.ts';
import { tlsContextOf } from './check-support.ts';

/** SDS names that a cluster's TLS refers to and that the control plane has to send. */
export function secretNamesOfCluster(cluster: Cluster): string[] {
  return [cluster.transportSocket, ...(cluster.transportSocketMatches ?? []).map((match) => match.transportSocket)].flatMap(secretNamesOfSocket);
}

/** SDS names that a listener's TLS refers to and that the control plane has to send. */
export function secretNamesOfListener(listener: Listener): string[] {
  return listener.filterChains.flatMap((chain) => secretNamesOfSocket(chain.transportSocket));
}

function secretNamesOfSocket(socket: TransportSocket | undefined): string[] {
  const context = tlsContextOf(socket);
  return context === undefined ? [] : secretNamesOf(context).filter(isSentName);
}

/** The own certificate is made here, files are read here; all else, the mesh's roots too, comes over SDS. */
function isSentName(name: string): boolean {
  return name === MESH_ROOTS_SECRET || (name !== WORKLOAD_SECRET && !isFileSecret(name) && name !== '');
}
