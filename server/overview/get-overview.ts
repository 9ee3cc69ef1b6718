import type { CanaryRollout } from '#mesh-core/domain/resources/canary-rollout.ts';
import { CONSOLE_KINDS } from '#mesh-core/domain/resources/kinds.ts';
import { findingsOf } from '#server/config/check-configuration.ts';
import { validationState } from '#server/config/check-object.ts';
import { summarize } from '#server/config/describe-object.ts';
import { refOf } from '#server/config/object-ref.ts';
import { overallState, readProxySync, type ProxySync } from '#server/config/proxy-sync.ts';
import type { ConfigRow } from '#server/config/schemas.ts';
import type { HealthStatus } from '#server/graph/core/graph-model.ts';
import { listServices, listWorkloads } from '#server/inventory/list-workloads.ts';
import type { QueryAnswer } from '#server/promql/metrics-backend.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import type { RuleGroupStatus, RulesBackend } from '#server/rules/rule-status.ts';
import type { ServerContext } from '#server/server-context.ts';
import type { StoreState } from '#server/timeseries/ingester.ts';
import { findProblems } from './find-problems.ts';
import { readRefusals } from './read-refusals.ts';
import type { OverviewAnswer, Sparkline } from './schemas.ts';
import { emptySparkline, readSparklines, sparklineRange, type SparklineRange } from './sparklines.ts';

const RECENT_CHANGES = 12;

interface OverviewInput {
  readonly namespaces: readonly string[];
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Is the mesh well? Every part is read side by side; a part that cannot be read is a warning, not the end of the page. */
export async function getOverview({ ctx, targets, rules, storeState, input }: { ctx: ServerContext; targets: readonly TargetStatus[]; rules: Pick<RulesBackend, 'groups'>; storeState: StoreState | undefined; input: OverviewInput }): Promise<OverviewAnswer> {
  const at = input.to ?? ctx.clock.now() / 1000;
  const range = sparklineRange(at, input.from, input.to);
  const warnings: string[] = [];
  const attempt = async <T>(what: string, read: Promise<T>, fallback: T): Promise<T> => {
    try {
      return await read;
    } catch (error) {
      warnings.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return fallback;
    }
  };
  const inScope = (namespace: string): boolean => input.namespaces.length === 0 || input.namespaces.includes(namespace);
  const rate = `[${Math.ceil(Math.max(60, 2.2 * ctx.scrapeIntervalSeconds))}s]`;
  const selector = input.namespaces.length === 0 ? '' : `,destination_service_namespace=~"${input.namespaces.map((n) => n.replaceAll(/[^a-z0-9-]/g, '')).join('|')}"`;
  const requests = `rate(istio_requests_total{reporter="source"${selector}}${rate})`;
  const errors = `rate(istio_requests_total{reporter="source",response_code=~"5..|0"${selector}}${rate})`;
  const buckets = `rate(istio_request_duration_milliseconds_bucket{reporter="source"${selector}}${rate})`;
  const spark = (query: string, label?: string): Promise<Map<string, Sparkline>> => attempt('History', readSparklines(ctx, query, label, range), new Map<string, Sparkline>());
  const secured = `sum(rate(istio_requests_total{reporter="destination",connection_security_policy="mutual_tls"${selector}}${rate})) / sum(rate(istio_requests_total{reporter="destination"${selector}}${rate}))`;
  const by = 'destination_service';
  const [services, workloads, proxies, requestsBy, errorsBy, p95By, requestsAll, errorsAll, p95All, mtls, refusals, ruleGroups] = await Promise.all([
    attempt('Services', listServices({ ctx, at }), []),
    attempt('Workloads', listWorkloads({ ctx, at }), []),
    attempt<ProxySync[] | undefined>('Proxies', readProxySync(ctx.controlPlaneUrl), undefined),
    spark(`sum by (${by}) (${requests})`, by),
    spark(`sum by (${by}) (${errors}) / sum by (${by}) (${requests})`, by),
    spark(`histogram_quantile(0.95, sum by (le,${by}) (${buckets}))`, by),
    spark(`sum(${requests})`),
    spark(`sum(${errors}) / sum(${requests})`),
    spark(`histogram_quantile(0.95, sum by (le) (${buckets}))`),
    attempt<QueryAnswer | undefined>('Mutual TLS', ctx.metrics.query(secured, { time: at }), undefined),
    attempt('Refusals', readRefusals(ctx, at, rate), []),
    attempt<readonly RuleGroupStatus[]>('Alerts', rules.groups(), []),
  ]);
  const scoped = services.filter((s) => inScope(s.namespace));
  const scopedWorkloads = workloads.filter((w) => inScope(w.namespace));
  const total = scoped.reduce((sum, s) => sum + (s.requestsPerSecond ?? 0), 0);
  const failed = scoped.reduce((sum, s) => sum + (s.requestsPerSecond ?? 0) * (s.errorRatio ?? 0), 0);
  const down = targets.filter((t) => t.health === 'down');
  return {
    at,
    totals: { requestsPerSecond: scoped.some((s) => s.requestsPerSecond !== null) ? total : null, errorRatio: total > 0 ? failed / total : null, p95Ms: last(p95All.get('')), mtlsRatio: scalarOf(mtls) },
    totalsSparklines: { requests: pick(requestsAll, '', range), errors: pick(errorsAll, '', range), p95: pick(p95All, '', range) },
    services: scoped.map((s) => ({ ...s, requestsSparkline: pick(requestsBy, s.host, range), errorsSparkline: pick(errorsBy, s.host, range), p95Sparkline: pick(p95By, s.host, range) })),
    health: countHealth(scoped.map((s) => s.health.status)),
    workloads: { total: scopedWorkloads.length, ready: scopedWorkloads.filter((w) => w.ready === w.instances).length },
    proxies: proxies === undefined ? null : countProxies(proxies),
    targets: { up: targets.filter((t) => t.health === 'up').length, down: down.length },
    problems: findProblems({
      services: scoped,
      workloads: scopedWorkloads,
      proxies,
      targetsDown: down.map((t) => ({ name: t.labels['workload'] ?? t.scrapeUrl, error: t.lastError })),
      config: configRows(ctx).filter((r) => inScope(r.namespace ?? '')),
      rollouts: ctx.config.list<CanaryRollout>('CanaryRollout').filter((r) => inScope(r.metadata.namespace ?? '')),
      ruleGroups,
      storeState,
      configConnected: ctx.config.connected,
      refusals: refusals.filter((r) => inScope(r.sourceNamespace)),
    }),
    recentChanges: ctx.audit.list({ limit: 200 }).filter((entry) => entry.object !== undefined).slice(0, RECENT_CHANGES),
    warnings,
  };
}

/** Istio's objects with their issues; what is wrong with rules is told by the rules themselves. */
function configRows(ctx: ServerContext): ConfigRow[] {
  return CONSOLE_KINDS.filter((k) => k.group !== '' && k.kind !== 'WorkloadEntry' && k.kind !== 'PrometheusRule')
    .flatMap((k) => ctx.config.list(k.id))
    .map((object) => {
      const issues = findingsOf(object, ctx.config);
      return { ...refOf(object), resourceVersion: object.metadata.resourceVersion ?? '', creationTimestamp: object.metadata.creationTimestamp ?? '', validation: validationState(issues), issues, summary: summarize(object) };
    });
}

function countProxies(proxies: readonly ProxySync[]): NonNullable<OverviewAnswer['proxies']> {
  const states = proxies.map(overallState);
  const count = (state: string): number => states.filter((s) => s === state).length;
  return { total: proxies.length, synced: count('synced'), stale: count('stale'), rejected: count('nack') };
}

function countHealth(states: readonly HealthStatus[]): Record<HealthStatus, number> {
  const counts: Record<HealthStatus, number> = { healthy: 0, degraded: 0, failing: 0, 'not-ready': 0, idle: 0, unknown: 0 };
  for (const state of states) counts[state]++;
  return counts;
}

function pick(lines: ReadonlyMap<string, Sparkline>, key: string, range: SparklineRange): Sparkline {
  return lines.get(key) ?? emptySparkline(range);
}

function last(line: Sparkline | undefined): number | null {
  return line?.points.findLast((p) => p !== null) ?? null;
}

function scalarOf(answer: QueryAnswer | undefined): number | null {
  const value = answer?.value.resultType === 'vector' ? answer.value.result[0]?.value[1] : undefined;
  return value === undefined || !Number.isFinite(value) ? null : value;
}
