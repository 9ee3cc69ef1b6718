import { setTimeout as delay } from 'node:timers/promises';
import { tryConnect } from '#mesh-core/proxy/health/probe-app.ts';
import type { RunningProxy } from '#mesh-core/proxy/start-proxy.ts';
import { createLogger } from '#mesh-core/runtime/logger.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { appEnvironment, startApp } from './app-process.ts';
import type { AppProcess } from './app-process.ts';
import { COMMON_OPTIONS, nameOption, parseOptions, portOption } from './command-line.ts';
import { exitRequested } from './exit-signal.ts';
import { HELP } from './help.ts';
import { ensureNamespace, ensureService } from './join-mesh.ts';
import { locateMesh, openMesh } from './open-mesh.ts';
import type { MeshLocation } from './open-mesh.ts';
import { announceReady, startSidecar, workloadLabels } from './start-sidecar.ts';
import { UsageError } from './usage-error.ts';

/** One `mesh run`, understood. */
export interface RunCommand {
  readonly service: string;
  readonly version: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Absent: the program only calls others. */
  readonly port?: number;
  readonly servicePort: number;
  readonly statsPort: number;
  readonly accessLog: boolean;
  readonly location: MeshLocation;
  readonly command: readonly [string, ...string[]];
}

const APP_PATIENCE_MS = 800;
const APP_PROBE_MS = 100;
const SLOW_APP_MS = 10_000;
const VERSION = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** Runs a program in the mesh, from joining to leaving; gives the exit code of the process. */
export async function run(args: readonly string[]): Promise<number> {
  const command = parseRun(args);
  if (command === 'help') {
    console.log(HELP.run);
    return 0;
  }
  const { service, version, namespace, serviceAccount, port } = command;
  const workload = `${service}-${version}`.toLowerCase().replaceAll('_', '-');
  // Standard output is the program's.
  const log = createLogger('mesh', 'stderr').child({ workload });
  const mesh = openMesh(command.location);
  const asked = exitRequested();
  const joining = (async () => {
    await ensureNamespace(mesh.kube, namespace, log);
    if (port !== undefined) await ensureService(mesh.kube, { name: service, namespace }, { selector: { app: service }, ports: [{ name: 'http', port: command.servicePort, targetPort: 'http' }] }, log);
    return startSidecar({ mesh, identity: { type: 'sidecar', namespace, workload, serviceAccount, labels: workloadLabels(service, version), ...(port === undefined ? {} : { appPort: port }) }, statsPort: command.statsPort, ...(command.accessLog ? { accessLog: process.stderr } : {}), log });
  })();
  const proxy = await Promise.race([joining, asked]);
  // Nothing runs yet that would have to end.
  if (proxy === undefined) return 0;
  const app = startApp(command.command, appEnvironment(process.env, { service, version, outboundPort: proxy.ports.outbound, ...(port === undefined ? {} : { port }) }));
  return untilEnd(proxy, app, asked, log, port);
}

async function untilEnd(proxy: RunningProxy, app: AppProcess, asked: Promise<void>, log: Logger, port: number | undefined): Promise<number> {
  let over = false;
  void app.ended.then(() => (over = true));
  void announceWhenUp(proxy, log, port, () => over);
  const end = await Promise.race([app.ended, asked]);
  over = true;
  if (end !== undefined) {
    log.info({ code: end.code, signal: end.signal }, 'the program has ended; leaving the mesh');
    await proxy.close();
    return end.code;
  }
  log.info({}, 'leaving the mesh');
  await proxy.drain();
  const stopped = await app.stop(APP_PATIENCE_MS);
  await proxy.close();
  // It did what it was asked to.
  return stopped.signal === 'SIGTERM' || stopped.signal === 'SIGINT' ? 0 : stopped.code;
}

async function announceWhenUp(proxy: RunningProxy, log: Logger, port: number | undefined, isOver: () => boolean): Promise<void> {
  for (let waited = 0; port !== undefined && (await tryConnect(port)) !== undefined; waited += APP_PROBE_MS) {
    if (isOver()) return;
    if (waited > 0 && waited % SLOW_APP_MS === 0) log.warn({ port }, 'the program does not listen on its port yet');
    await delay(APP_PROBE_MS);
  }
  if (isOver()) return;
  const url = (p: number): string => `http://127.0.0.1:${p}`;
  announceReady(log, { outbound: url(proxy.ports.outbound), stats: url(proxy.ports.stats), ...(port === undefined ? {} : { app: url(port), inbound: url(proxy.ports.inbound) }) });
}

/** Understands the arguments after `mesh run`. @throws UsageError, saying what is wrong with which. */
export function parseRun(args: readonly string[]): RunCommand | 'help' {
  const split = args.indexOf('--');
  const own = split === -1 ? args : args.slice(0, split);
  const { values, positionals } = parseOptions('run', own, {
    ...COMMON_OPTIONS,
    service: { type: 'string' },
    version: { type: 'string', default: 'v1' },
    port: { type: 'string' },
    'service-port': { type: 'string', default: '80' },
    namespace: { type: 'string', short: 'n', default: 'default' },
    'service-account': { type: 'string' },
    'stats-port': { type: 'string', default: '0' },
    'access-log': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) return 'help';
  const [file, ...rest] = split === -1 ? [] : args.slice(split + 1);
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is not an option; the program to run comes after "--".`);
  if (values.service === undefined) throw new UsageError('Say which service the program belongs to: --service NAME.');
  if (file === undefined) throw new UsageError('Say which program to run: mesh run … -- COMMAND.');
  if (!VERSION.test(values.version)) throw new UsageError(`--version takes letters, digits, "-", "_" and "." (at most 63), not "${values.version}".`);
  const service = nameOption('service', values.service);
  return {
    service,
    version: values.version,
    namespace: nameOption('namespace', values.namespace),
    serviceAccount: nameOption('service-account', values['service-account'] ?? service),
    ...(values.port === undefined ? {} : { port: portOption('port', values.port) }),
    servicePort: portOption('service-port', values['service-port']),
    statsPort: portOption('stats-port', values['stats-port'], true),
    accessLog: values['access-log'],
    location: locateMesh(values),
    command: [file, ...rest],
  };
}
