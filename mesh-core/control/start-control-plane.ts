import { join } from 'node:path';
import { analyzeReferences } from '#mesh-core/domain/resources/analyze-references.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { validateObject } from '#mesh-core/domain/resources/validate-object.ts';
import { DEFAULT_MESH_SETTINGS } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { translateForProxy } from '#mesh-core/domain/translate/translate-for-proxy.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { AdsService } from './ads/ads-service.ts';
import type { AdsServiceOptions } from './ads/ads-service.ts';
import { authenticatePeer } from './ads/authenticate-peer.ts';
import type { PeerAuthenticator } from './ads/authenticate-peer.ts';
import { startXdsServer } from './ads/start-xds-server.ts';
import { AuditLog } from './access/audit-log.ts';
import { adminToken as adminTokenOf } from './access/authenticate.ts';
import { openClientAuthority } from './access/client-authority.ts';
import { startApiServer } from './api/api-server.ts';
import { API_AUDIENCE } from './api/token-request.ts';
import { AuthorityControl } from './ca/authority-control.ts';
import { CertificateAuthority } from './ca/certificate-authority.ts';
import { certificateHandler } from './ca/certificate-handler.ts';
import { CertificateLineages } from './ca/certificate-lineages.ts';
import { JoinTokens } from './ca/join-token.ts';
import { MeshTrust } from './ca/mesh-trust.ts';
import { writeSupportStatus } from './status/support-status-writer.ts';
import { codeOf, ControlStartError, lastPorts, prepareDataDir, readOrCreateAdminToken, writeAccessFiles } from './control-files.ts';
import type { ControlEndpoints } from './control-files.ts';
import { GatewayApiController } from './gateway-api/gateway-api-controller.ts';
import { holdDataDir } from './hold-data-dir.ts';
import { ControlMetrics } from './monitoring/control-metrics.ts';
import { startMonitoringServer } from './monitoring/start-monitoring-server.ts';
import { keepKeySets } from './jwks/keep-key-sets.ts';
import { AutoRegistration } from './registry/auto-registration.ts';
import { isListening } from './registry/is-listening.ts';
import { MeshSnapshotSource } from './registry/mesh-snapshot-source.ts';
import { writeOwnObjects } from './registry/write-own-objects.ts';
import { openObjectStore } from './store/object-store.ts';

export interface ControlPlaneOptions {
  /** Absolute, or relative to the working directory. */
  readonly dataDir: string;
  /** 0 takes any free port, if possible that of the last run on this data directory: proxies know it. For each of the three. */
  readonly kubePort: number;
  readonly xdsPort: number;
  readonly monitoringPort: number;
  /** Longest life of a workload certificate, and the default. */
  readonly certTtlSeconds: number;
  /** Where proxies send spans, told to them by the mesh config; 0 = nowhere. */
  readonly otlpPort: number;
  /** The gateway's port, for its Service; 0 = left to others. */
  readonly gatewayPort: number;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Pause after the last change and longest wait after the first, before proxies are sent what changed; default 100 ms and 10 s. */
  readonly debounce?: AdsServiceOptions['debounce'];
  /** Instead of the grace periods of AutoRegistration, for tests. */
  readonly graceMs?: number;
  readonly cleanLeaveMs?: number;
  /** Instead of the real translation, for tests. */
  readonly translate?: AdsServiceOptions['translate'];
}
export interface ControlPlane {
  readonly endpoints: ControlEndpoints;
  /** Ends streams and listeners; what was stored stays. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const VERSION = '1.29.2-binnacle';
/** Life of the control plane's own certificate; renewed at half of it. */
const SERVER_TTL_SECONDS = 24 * 3600;
/** When everything is ended at once, proxies say farewell in these moments, and their entries need not wait for a next start. */
const FAREWELL_MS = 500;

/**
 * Starts the control plane: the Kubernetes API, configuration and certificates for proxies, and monitoring. Rejects with
 * ControlStartError when the data directory or a port cannot be used; nothing listens then.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { dataDir, log } = options;
  const clock = options.clock ?? systemClock;
  const { trustDomain, rootNamespace } = DEFAULT_MESH_SETTINGS;
  prepareDataDir(dataDir);
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    closers.push(holdDataDir(dataDir));
    const trust = await MeshTrust.open(join(dataDir, 'control', 'ca'), trustDomain, () => clock.now());
    const tokens = JoinTokens.open(join(dataDir, 'control', 'ca', 'token-key.pem'), clock);
    const adminToken = readOrCreateAdminToken(dataDir);
    const clientAuthority = await openClientAuthority(dataDir, clock.now());
    const audit = new AuditLog(join(dataDir, 'control', 'audit.log'), log.child({ part: 'audit' }));
    closers.push(() => audit.close());
    const store = openObjectStore({ file: join(dataDir, 'control', 'mesh.db'), clock, log: log.child({ part: 'store' }) });
    closers.push(() => store.close());
    const authority = new CertificateAuthority({ signer: () => trust.signer, clock, workloadTtlSeconds: options.certTtlSeconds });
    const metrics = new ControlMetrics(VERSION);
    closers.push(store.subscribe((change) => metrics.stored(change)));
    const snapshots = new MeshSnapshotSource(store, { trustDomain, rootNamespace });
    const tls = await authority.issueServerCertificate(SERVER_TTL_SECONDS);
    const lineages = CertificateLineages.open(join(dataDir, 'control', 'ca', 'issued.jsonl'), clock.now());

    const last = lastPorts(dataDir);
    const api = await onPort('--kube-port', options.kubePort, last.kube, (port) => startApiServer({
      store,
      tls,
      host: HOST,
      port,
      credentials: {
        tokens: [adminTokenOf(adminToken)],
        serviceAccountOf: async (token) => {
          const result = await tokens.verify(token, API_AUDIENCE);
          return result.ok ? result : undefined;
        },
      },
      clientCaPem: clientAuthority.pem,
      validate: (object) => validated(object, metrics),
      warnings: (object) => analyzeReferences(object, snapshots.take().snapshot),
      issueToken: ({ namespace, serviceAccount, audiences, expirationSeconds }) => tokens.issue(namespace, serviceAccount, audiences, expirationSeconds),
      audit: (event) => audit.write(event),
      observe: (observation) => metrics.answered(observation),
      clock,
      log: log.child({ part: 'api' }),
    }));
    closers.push(() => api.close());

    const registration = new AutoRegistration({
      store,
      clock,
      log: log.child({ part: 'registry' }),
      isListening,
      onEvent: (event) => metrics.registration(event),
      ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
      ...(options.cleanLeaveMs === undefined ? {} : { cleanLeaveMs: options.cleanLeaveMs }),
    });
    closers.push(() => registration.close());
    registration.adoptStale();
    const authenticator: PeerAuthenticator = {
      tokens,
      rootPems: () => trust.rootPems,
      trustDomain,
      trustDomainAliases: () => snapshots.take().snapshot.mesh.trustDomainAliases ?? [],
      isRevoked: (credential) => lineages.of(credential)?.revokedAt !== undefined,
      clock,
    };
    let certificates: AuthorityControl | undefined;
    const ads = new AdsService({ store, snapshots, translate: options.translate ?? translateForProxy, registration, authenticator, lineages, metrics, clock, builtInSecret: (name) => certificates?.secret(name), ...(options.debounce === undefined ? {} : { debounce: options.debounce }), log: log.child({ part: 'ads' }) });
    closers.push(keepKeySets(store, { clock, log: log.child({ part: 'jwks' }), onChange: (keys) => {
      snapshots.setFetchedKeys(keys);
      ads.noteChange();
    } }));
    const xds = await onPort('--xds-port', options.xdsPort, last.xds, (port) => startXdsServer({
      host: HOST,
      port,
      tls,
      rootPem: trust.bundlePem,
      streamResources: ads.handleSotw,
      deltaResources: ads.handleDelta,
      createCertificate: certificateHandler({ authority, lineages, clock, log: log.child({ part: 'ca' }), authenticate: (call) => authenticatePeer(authenticator, call), onOutcome: (outcome) => metrics.signed(outcome) }),
    }));
    closers.push(async () => {
      ads.close();
      await noStreams(ads);
      xds.close();
    });

    const monitoring = await onPort('--monitoring-port', options.monitoringPort, last.monitoring, (port) => startMonitoringServer({ host: HOST, port, registry: metrics.registry, syncState: () => ads.syncState(), certificates: () => certificates?.describe(), configurationOf: (proxyId) => ads.configurationOf(proxyId), log }));
    closers.push(() => monitoring.close());
    metrics.observe({
      connections: () => ads.connections(),
      services: () => store.list(servedKind('Service')).length,
      virtualServices: () => store.list(servedKind('VirtualService')).length,
      rootNotAfter: () => trust.signer.root.certificate.notAfter.getTime(),
    });

    const renew = async (): Promise<void> => {
      const next = await authority.issueServerCertificate(SERVER_TTL_SECONDS);
      api.setTls(next);
      xds.setTls(next, trust.bundlePem);
    };
    closers.push(clock.every((SERVER_TTL_SECONDS * 1000) / 2, () => void renew().catch((error: unknown) => log.error({ error: String(error) }, 'the control plane could not renew its certificate'))));

    const endpoints = { kube: api.url, xds: `${HOST}:${xds.port}`, monitoring: monitoring.url };
    writeOwnObjects(store, { trustDomain, rootNamespace, xdsPort: xds.port, monitoringPort: monitoring.port, otlpPort: options.otlpPort, gatewayPort: options.gatewayPort }, log);
    closers.push(writeSupportStatus({ store, clock, log: log.child({ part: 'status' }) }));
    const gatewayApi = new GatewayApiController({ store, snapshots, clock, log: log.child({ part: 'gateway-api' }) });
    closers.push(() => gatewayApi.close());
    const writeAccess = (): void => writeAccessFiles(dataDir, endpoints, adminToken, trust.bundlePem);
    writeAccess();
    certificates = await AuthorityControl.start({
      trust,
      lineages,
      store,
      rootNamespace,
      clock,
      log: log.child({ part: 'ca' }),
      proxiesBehind: (version) => ads.behind('secret', version),
      proxiesOf: (credentials) => ads.proxiesOf(credentials),
      onTrustChange: async () => {
        await renew();
        writeAccess();
      },
      onRevoked: () => ads.endRevoked(),
    });
    closers.push(() => certificates?.close());
    return { endpoints, stop };
  } catch (error) {
    await stop();
    if (error instanceof ControlStartError) throw error;
    throw new ControlStartError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function validated(object: KubeObject, metrics: ControlMetrics): ReturnType<typeof validateObject> {
  const result = validateObject(object);
  metrics.validated(object.kind, result.errors.length === 0);
  return result;
}

/** Starts a listener on the wanted port; when any will do, first on that of the last run. */
async function onPort<T>(flag: string, wanted: number, last: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (wanted === 0 && last !== undefined) {
    try {
      return await start(last);
    } catch {
      // Somebody else has taken it meanwhile.
    }
  }
  return start(wanted).catch(portProblem(flag, wanted));
}

/** Turns a failed bind into a sentence. */
function portProblem(flag: string, port: number): (error: unknown) => never {
  return (cause) => {
    const text = codeOf(cause);
    if (text.includes('EADDRINUSE')) throw new ControlStartError(`Port ${port} on ${HOST} is taken; end what uses it or choose another with ${flag} (0 = any free port).`, { cause });
    if (text.includes('EACCES')) throw new ControlStartError(`Port ${port} on ${HOST} may not be used by this user; choose another with ${flag} (0 = any free port).`, { cause });
    throw new ControlStartError(`Port ${port} on ${HOST} cannot be listened on (${text}).`, { cause });
  };
}

/** Resolves when every proxy has gone, at the latest after FAREWELL_MS. */
async function noStreams(ads: AdsService): Promise<void> {
  for (let waited = 0; ads.streams > 0 && waited < FAREWELL_MS; waited += 25) await new Promise((resolve) => setTimeout(resolve, 25));
}
