import type { ProxyIdentity } from '#mesh-core/proxy/start-proxy.ts';
import { createLogger } from '#mesh-core/runtime/logger.ts';
import { COMMON_OPTIONS, nameOption, parseOptions, portOption } from './command-line.ts';
import { exitRequested } from './exit-signal.ts';
import { HELP } from './help.ts';
import { ensureGatewayRole, ensureGatewayService, ensureNamespace } from './join-mesh.ts';
import { kubeGatewayIdentity } from './kube-gateway.ts';
import { locateMesh, openMesh } from './open-mesh.ts';
import { announceReady, startSidecar, workloadLabels } from './start-sidecar.ts';

/** Runs a gateway until it is asked to end; gives the exit code of the process. */
export async function gateway(args: readonly string[]): Promise<number> {
  const { values } = parseOptions('gateway', args, {
    ...COMMON_OPTIONS,
    port: { type: 'string', default: '8080' },
    name: { type: 'string', default: 'istio-ingressgateway' },
    gateway: { type: 'string' },
    namespace: { type: 'string', short: 'n' },
    'service-account': { type: 'string' },
    'stats-port': { type: 'string', default: '0' },
    'access-log': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP.gateway);
    return 0;
  }
  const name = nameOption('name', values.name);
  const ofGateway = values.gateway === undefined ? undefined : nameOption('gateway', values.gateway);
  const namespace = nameOption('namespace', values.namespace ?? (ofGateway === undefined ? 'istio-system' : 'default'));
  const serviceAccount = nameOption('service-account', values['service-account'] ?? name);
  const port = portOption('port', values.port);
  const statsPort = portOption('stats-port', values['stats-port'], true);
  const log = createLogger('gateway').child({ workload: name });
  const mesh = openMesh(locateMesh(values));
  const asked = exitRequested();
  const ingressIdentity = async (): Promise<ProxyIdentity> => {
    await ensureNamespace(mesh.kube, namespace, log);
    await ensureGatewayService(mesh.kube, { name, namespace }, port, log);
    await ensureGatewayRole(mesh.kube, { namespace, serviceAccount }, log);
    return { type: 'router', namespace, workload: name, serviceAccount, labels: { ...workloadLabels(name, 'latest'), istio: 'ingressgateway' } };
  };
  const starting = (async () => {
    const identity = ofGateway === undefined ? await ingressIdentity() : await kubeGatewayIdentity(mesh.kube, { name: ofGateway, namespace }, log);
    return startSidecar({ mesh, identity, statsPort, ...(values['access-log'] ? { accessLog: process.stdout } : {}), log });
  })();
  const proxy = await Promise.race([starting, asked]);
  if (proxy === undefined) return 0;
  announceReady(log, { ...(ofGateway === undefined ? { gateway: `http://127.0.0.1:${port}` } : undefined), stats: `http://127.0.0.1:${proxy.ports.stats}` });
  await asked;
  log.info({}, 'leaving the mesh');
  await proxy.close();
  return 0;
}
