import type { Logger } from '#mesh-core/runtime/logger.ts';
import { CertificateRequestError } from '#mesh-core/wire/xds/certificate-client.ts';
import { startProxy } from '#mesh-core/proxy/start-proxy.ts';
import type { ProxyIdentity, RunningProxy } from '#mesh-core/proxy/start-proxy.ts';
import { readMeshAddress } from './join-mesh.ts';
import { whenReachable } from './open-mesh.ts';
import type { OpenMesh } from './open-mesh.ts';
import { UsageError } from './usage-error.ts';
import { releaseYoungGeneration } from './young-generation.ts';

export interface SidecarOptions {
  readonly mesh: OpenMesh;
  readonly identity: ProxyIdentity;
  /** 0 = any free port. */
  readonly statsPort: number;
  /** Where access log lines go; absent = nowhere. */
  readonly accessLog?: NodeJS.WritableStream;
  readonly log: Logger;
}

const SLOW_START_MS = 10_000;

/**
 * Joins the mesh and starts the proxy in this process; resolves when its first configuration is in force. Waits for ever,
 * saying so, while the control plane is away. @throws UsageError when the mesh refuses this workload.
 */
export async function startSidecar({ mesh, identity, statsPort, accessLog, log }: SidecarOptions): Promise<RunningProxy> {
  const { kube, config } = mesh;
  if (config.caPem === undefined) throw new UsageError('The kubeconfig holds no certificate-authority-data, which is how a workload knows the mesh it joins.');
  const { discoveryAddress, otlpUrl, samplingRatio } = await readMeshAddress(kube, log);
  const proxy = await startProxy({
    identity,
    controlPlane: discoveryAddress,
    rootPem: config.caPem,
    joinToken: () => whenReachable('asking for a join token', log, () => kube.createServiceAccountToken(identity.namespace, identity.serviceAccount)),
    ...(otlpUrl === undefined ? {} : { otlpUrl }),
    samplingRatio,
    ...(accessLog === undefined ? {} : { accessLog: (lines: string) => void accessLog.write(lines) }),
    ports: { stats: statsPort },
    startTimeoutMs: Infinity,
    onQuit: () => process.kill(process.pid, 'SIGTERM'),
    log,
  }).catch((error: unknown) => {
    if (error instanceof CertificateRequestError) throw new UsageError(`The mesh refuses ${identity.workload} a certificate: ${error.message}`);
    throw error;
  });
  const slow = setInterval(() => log.warn({ nodeId: proxy.nodeId }, 'still waiting for the first configuration from the control plane'), SLOW_START_MS);
  await proxy.ready;
  clearInterval(slow);
  return proxy;
}

/** The labels of a workload, by which policies, services and the console find it. */
export function workloadLabels(service: string, version: string): Record<string, string> {
  return { app: service, version, 'service.istio.io/canonical-name': service, 'service.istio.io/canonical-revision': version, 'security.istio.io/tlsMode': 'istio' };
}

/** Tells whoever started this process, and the log, that it is up. */
export function announceReady(log: Logger, endpoints: Readonly<Record<string, string>>): void {
  releaseYoungGeneration();
  log.info({ endpoints }, 'ready');
  process.send?.({ kind: 'ready', endpoints });
}
