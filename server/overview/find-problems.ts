import type { CanaryRollout } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { ConfigRow } from '#server/config/schemas.ts';
import type { ProxySync } from '#server/config/proxy-sync.ts';
import { overallState } from '#server/config/proxy-sync.ts';
import type { ServiceRow, WorkloadRow } from '#server/inventory/schemas.ts';
import type { RuleGroupStatus } from '#server/rules/rule-status.ts';
import type { StoreState } from '#server/timeseries/ingester.ts';
import type { Refusal } from './read-refusals.ts';
import type { Problem } from './schemas.ts';

/** What problems are looked for in. */
export interface ProblemInput {
  readonly services: readonly ServiceRow[];
  readonly workloads: readonly WorkloadRow[];
  readonly proxies: readonly ProxySync[] | undefined;
  readonly targetsDown: readonly { readonly name: string; readonly error: string }[];
  readonly config: readonly ConfigRow[];
  readonly rollouts: readonly CanaryRollout[];
  readonly ruleGroups: readonly RuleGroupStatus[];
  readonly configConnected: boolean;
  readonly refusals: readonly Refusal[];
  /** Of the store of metrics; undefined when a remote server keeps them. */
  readonly storeState: StoreState | undefined;
}

const RANK = { failing: 0, degraded: 1, info: 2 } as const;
const LIMIT = 30;

/** What is wrong right now, worst first; services before the parts that make them. */
export function findProblems(input: ProblemInput): Problem[] {
  const problems: Problem[] = [];
  if (!input.configConnected) problems.push({ severity: 'failing', title: 'The control plane does not answer', detail: 'Traffic flows with the last configuration; nothing can be changed until it is back.', href: '/proxies' });
  if (input.storeState?.kind === 'refusing') problems.push({ severity: 'failing', title: 'Metrics are not stored', detail: `The disk refuses what is scraped (${input.storeState.reason}). Free space in the data directory; storing goes on by itself.`, href: '/targets' });
  for (const s of input.services) {
    if (s.health.status !== 'failing' && s.health.status !== 'degraded') continue;
    problems.push({ severity: s.health.status, title: `${s.name} is ${s.health.status}`, detail: s.health.reason, href: `/services/${encodeURIComponent(s.namespace)}/${encodeURIComponent(s.name)}` });
  }
  problems.push(...findAlertProblems(input.ruleGroups));
  for (const w of input.workloads) {
    if (w.ready < w.instances) problems.push({ severity: w.ready === 0 ? 'failing' : 'degraded', title: `${w.name}: ${w.ready} of ${w.instances} instances healthy`, detail: 'Instances that fail their health probe get no traffic.', href: `/workloads/${encodeURIComponent(w.namespace)}/${encodeURIComponent(w.name)}` });
  }
  for (const { source, sourceNamespace, service, requestsPerSecond, ratio } of input.refusals) {
    const search = new URLSearchParams({ service: `${source.replace(/-[^-]*$/, '')}.${sourceNamespace}`, tags: 'http.status_code=403' });
    problems.push({ severity: 'degraded', title: `${source} is refused by ${service}`, detail: `${Math.round(ratio * 100)} % of its requests there are answered 403 (${requestsPerSecond.toPrecision(2)} per second): a policy turns it away.`, href: `/traces?${search}` });
  }
  for (const p of input.proxies ?? []) {
    const state = overallState(p);
    if (p.translationError !== undefined) problems.push({ severity: 'failing', title: `No configuration can be made for ${p.node?.workload ?? p.proxyId}`, detail: `It keeps its last one: ${p.translationError}`, href: '/proxies' });
    if (state === 'nack') problems.push({ severity: 'failing', title: `${p.node?.workload ?? p.proxyId} refuses its configuration`, detail: Object.values(p.types).find((t) => t.state === 'nack')?.error ?? 'It gave no reason.', href: '/proxies' });
  }
  for (const t of input.targetsDown) problems.push({ severity: 'degraded', title: `${t.name} cannot be scraped`, detail: t.error, href: '/targets' });
  for (const r of input.rollouts) {
    const phase = r.status?.phase;
    const href = `/rollouts/${encodeURIComponent(r.metadata.namespace ?? 'default')}/${encodeURIComponent(r.metadata.name)}`;
    if (phase === 'Drifted' || phase === 'Holding' || phase === 'Stuck') problems.push({ severity: 'degraded', title: `Rollout ${r.metadata.name} needs a decision`, detail: r.status?.message ?? phase, href });
    if (phase === 'RollingBack') problems.push({ severity: 'degraded', title: `Rollout ${r.metadata.name} is being rolled back`, detail: r.status?.message ?? '', href });
  }
  for (const row of input.config) {
    const issue = row.issues[0];
    if (issue === undefined || row.validation === 'valid') continue;
    const path = [row.group === '' ? 'core' : row.group, row.version, row.namespace ?? '-', row.plural, row.name].map(encodeURIComponent).join('/');
    problems.push({ severity: row.validation === 'error' ? 'degraded' : 'info', title: `${row.kind} ${row.name}: ${issue.code === undefined ? '' : `${issue.code} `}${issue.severity}`, detail: issue.message, href: `/config/${path}` });
  }
  return problems.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]).slice(0, LIMIT);
}

/** Alerts that fire, one line a rule, and rules that cannot be evaluated. */
function findAlertProblems(groups: readonly RuleGroupStatus[]): Problem[] {
  return groups.flatMap((group) =>
    group.rules.flatMap((rule): Problem[] => {
      const href = `/alerts?${new URLSearchParams({ q: rule.name })}`;
      if (rule.health === 'err') return [{ severity: 'degraded', title: `Rule ${rule.name} cannot be evaluated`, detail: rule.lastError, href }];
      const firing = rule.kind === 'alerting' ? rule.alerts.filter(({ state }) => state === 'firing') : [];
      const [first] = firing;
      if (first === undefined) return [];
      const text = first.annotations['summary'] ?? first.annotations['description'] ?? rule.query;
      return [{ severity: first.labels['severity'] === 'critical' ? 'failing' : first.labels['severity'] === 'info' ? 'info' : 'degraded', title: `Alert ${rule.name} is firing${firing.length > 1 ? ` (${firing.length})` : ''}`, detail: text, href }];
    }),
  );
}
