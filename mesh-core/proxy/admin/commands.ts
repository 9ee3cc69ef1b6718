import { PrebuiltCounter } from '../telemetry/prebuilt-metrics.ts';
import { configDump } from '../config/config-dump.ts';
import { WORKLOAD_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import { serverState } from './admin-sources.ts';
import type { AdminSources } from './admin-sources.ts';
import { html, json, text } from './answer.ts';
import type { Answer } from './answer.ts';
import { certsPage } from './certs-page.ts';
import { clustersJson, clustersText } from './clusters-page.ts';
import { helpText, indexPage } from './help-page.ts';
import { loggingPage } from './logging-page.ts';
import { selectResources } from './select-resources.ts';
import { listenersJson, listenersText, memoryPage, serverInfo } from './server-pages.ts';
import { prometheusPage, statsPage } from './stats-page.ts';

/** One path of the admin port. */
export interface Command {
  readonly path: string;
  readonly help: string;
  /** Changes something: only by POST. */
  readonly changes?: true;
  readonly run: (sources: AdminSources, query: URLSearchParams) => Answer | Promise<Answer>;
}

const DEFAULT_LOG_LIMIT = 100;
const MAX_LOG_LIMIT = 1000;
const OK = text(200, 'OK\n');

/** Everything the admin port knows, with Envoy's paths and answers; `/access_log` and `/ads` are this proxy's own. */
export const COMMANDS: readonly Command[] = [
  { path: '/', help: 'this page', run: () => html(indexPage(COMMANDS)) },
  { path: '/access_log', help: 'the newest requests; ?limit=N, ?trace_id=ID', run: accessLogPage },
  { path: '/ads', help: 'the stream of configuration, and how far each type is', run: ({ ads }) => json({ connected: ads.connected, types: ads.state() }) },
  { path: '/certs', help: 'certificates in force', run: ({ certificate, now }) => json(certsPage(certificate.current, now())) },
  { path: '/clusters', help: 'clusters and their hosts; ?format=json', run: ({ runtime }, query) => (query.get('format') === 'json' ? json(clustersJson(runtime.clusters)) : text(200, clustersText(runtime.clusters))) },
  { path: '/config_dump', help: 'the configuration in force; ?include_eds, ?resource=dynamic_listeners, ?name_regex=REGEX', run: configPage },
  { path: '/drain_listeners', help: 'stop accepting connections; ?inboundonly, ?graceful', changes: true, run: drainListeners },
  { path: '/healthcheck/fail', help: 'report this workload as sick, so that it gets no more traffic', changes: true, run: failHealth },
  { path: '/healthcheck/ok', help: 'take that back', changes: true, run: takeFailureBack },
  { path: '/healthz/ready', help: 'is the first configuration in force? (200, else 503)', run: ({ lifecycle }) => (lifecycle() === 'live' ? text(200, 'ready\n') : text(503, 'not ready\n')) },
  { path: '/help', help: 'the commands', run: () => text(200, helpText(COMMANDS)) },
  { path: '/listeners', help: 'bound addresses; ?format=json', run: listenersPage },
  { path: '/logging', help: 'show the level of the log, or set it: ?level=debug', changes: true, run: ({ log }, query) => loggingPage(log, query) },
  { path: '/memory', help: 'memory in use', run: () => json(memoryPage()) },
  { path: '/quitquitquit', help: 'drain and end', changes: true, run: quit },
  { path: '/ready', help: 'the state of the server (200 when live, else 503)', run: readyPage },
  { path: '/reset_counters', help: 'set all counters to zero', changes: true, run: resetCounters },
  { path: '/server_info', help: 'version, state, uptime, node', run: (sources) => json(serverInfo(sources)) },
  { path: '/stats', help: 'statistics; ?usedonly, ?filter=REGEX, ?type=Counters|Gauges|Histograms, ?format=json|prometheus', run: statsPage },
  { path: '/stats/prometheus', help: 'what scrapers read: metrics of Istio, and statistics that were ever touched', run: prometheusPage },
];

function configPage({ store, node, ads, certificate }: AdminSources, query: URLSearchParams): Answer {
  const dump = configDump({ contents: store.contents(), node, types: ads.state(), ownSecrets: [ownSecret(certificate.current)], includeEndpoints: query.has('include_eds') });
  const selected = selectResources(dump, query);
  return typeof selected === 'string' ? text(400, `${selected}\n`) : json(selected, 0);
}

function listenersPage({ runtime }: AdminSources, query: URLSearchParams): Answer {
  const bound = runtime.listeners.filter(({ isBound }) => isBound).map(({ config }) => config);
  return query.get('format') === 'json' ? json(listenersJson(bound)) : text(200, listenersText(bound));
}

function readyPage(sources: AdminSources): Answer {
  const state = serverState(sources);
  return text(state === 'LIVE' ? 200 : 503, `${state}\n`);
}

function drainListeners({ runtime }: AdminSources, query: URLSearchParams): Answer {
  runtime.drainListeners({ inboundOnly: query.has('inboundonly'), isGraceful: query.has('graceful') });
  return OK;
}

function failHealth({ health }: AdminSources): Answer {
  health.failByHand();
  return OK;
}

function takeFailureBack({ health }: AdminSources): Answer {
  health.takeBack();
  return OK;
}

function quit({ quit: end }: AdminSources): Answer {
  // The answer goes out first.
  setImmediate(end);
  return OK;
}

function resetCounters({ stats, runtime, registry }: AdminSources): Answer {
  stats.reset();
  for (const cluster of runtime.clusters.values()) cluster.resetStats();
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name);
    if (metric instanceof PrebuiltCounter) metric.reset();
  }
  return OK;
}

function accessLogPage({ accessLog }: AdminSources, query: URLSearchParams): Answer {
  const limit = Number(query.get('limit') ?? DEFAULT_LOG_LIMIT);
  if (!Number.isInteger(limit) || limit < 1) return text(400, 'limit must be a positive whole number\n');
  return json(accessLog.recent(Math.min(limit, MAX_LOG_LIMIT), query.get('trace_id') ?? undefined), 0);
}

/** The own certificate as SDS would send it; its version is its serial number. */
function ownSecret({ serialNumber, notBefore, certChainPem, keyPem }: AdminSources['certificate']['current']): { secret: EnvoySecret; version: string; at: number } {
  return { secret: { name: WORKLOAD_SECRET, tlsCertificate: { certificateChain: { inlineString: certChainPem }, privateKey: { inlineString: keyPem } } }, version: serialNumber, at: notBefore };
}
