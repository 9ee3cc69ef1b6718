import type { CanaryRollout } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { Service } from '#mesh-core/domain/resources/core.ts';
import { objectKey } from '#mesh-core/domain/resources/kube-object.ts';
import { matchesLabels } from '#mesh-core/domain/resources/label-selector.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { ServerContext } from '#server/server-context.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { isFinished } from './core/decide-rollout.ts';
import { findTargets } from './rollout-targets.ts';
import type { CandidateVersion, RolloutCandidate } from './schemas.ts';

const WINDOW = '[2m]';

/** Services with at least two versions registered, with what each version does now. */
export async function listCandidates(ctx: Pick<ServerContext, 'config' | 'metrics' | 'clock'>): Promise<RolloutCandidate[]> {
  const traffic = await trafficByWorkload(ctx);
  const out: RolloutCandidate[] = [];
  for (const service of ctx.config.list<Service>('Service')) {
    const selector = service.spec?.selector;
    const namespace = service.metadata.namespace ?? 'default';
    if (selector === undefined) continue;
    const entries = ctx.config.list<WorkloadEntry>('WorkloadEntry', namespace).filter((e) => matchesLabels(selector, e.spec?.labels ?? {}));
    const versions = [...new Set(entries.flatMap((e) => e.spec?.labels?.['version'] ?? []))].toSorted();
    if (versions.length < 2) continue;
    out.push(candidate(ctx, service, namespace, versions, traffic));
  }
  return out;
}

function candidate(ctx: Pick<ServerContext, 'config'>, service: Service, namespace: string, versions: readonly string[], traffic: ReadonlyMap<string, WorkloadTraffic>): RolloutCandidate {
  const host = service.metadata.name;
  const arm = (version: string) => ({ subset: version, labels: { version } });
  const first = arm(versions[0] ?? '');
  const { virtualService, destinationRule } = findTargets(ctx.config, namespace, { host, stable: first, canary: first });
  const routes = (virtualService?.spec?.http ?? []).map((route, index) => ({ route, index })).filter(({ route }) => (route.route ?? []).length > 0);
  const open = routes.find(({ route }) => (route.match ?? []).length === 0)?.route;
  const total = (open?.route ?? []).reduce((sum, d) => sum + (d.weight ?? 0), 0);
  const active = ctx.config.list<CanaryRollout>('CanaryRollout', namespace).find((r) => r.spec?.host.split('.')[0] === host && !isFinished(r.status?.phase));
  return {
    namespace,
    service: host,
    host,
    versions: versions.map((version): CandidateVersion => {
      const subset = destinationRule?.spec?.subsets?.find((s) => s.labels?.['version'] === version)?.name;
      const instances = findTargets(ctx.config, namespace, { host, stable: arm(version), canary: arm(version) }).canary;
      const destination = open?.route?.find((d) => d.destination.subset === subset);
      const seen = instances.workloads.map((w) => traffic.get(`${namespace}/${w}`)).find((t) => t !== undefined);
      return {
        version,
        labels: { version },
        ...instances,
        ...(subset === undefined ? {} : { subset }),
        ...(destination === undefined || subset === undefined ? {} : { weight: open?.route?.length === 1 ? 100 : total > 0 ? (100 * (destination.weight ?? 0)) / total : 0 }),
        requestsPerSecond: seen?.rate ?? null,
        errorRatio: seen === undefined || seen.rate === 0 ? null : seen.errors / seen.rate,
        p95Ms: seen?.p95 ?? null,
      };
    }),
    routes: routes.map(({ route, index }) => ({ index, hasMatch: (route.match ?? []).length > 0, ...(route.name === undefined ? {} : { name: route.name }) })),
    ...(virtualService === undefined ? {} : { virtualService: virtualService.metadata.name }),
    ...(destinationRule === undefined ? {} : { destinationRule: destinationRule.metadata.name }),
    ...(active === undefined ? {} : { activeRollout: objectKey(active.metadata) }),
  };
}

interface WorkloadTraffic {
  rate: number;
  errors: number;
  p95: number | null;
}

/** Requests/s, errors/s and p95 of every workload as its callers report them; empty when metrics cannot be read. */
export async function trafficByWorkload(ctx: Pick<ServerContext, 'metrics' | 'clock'>): Promise<Map<string, WorkloadTraffic>> {
  const by = 'destination_workload_namespace,destination_workload';
  const time = ctx.clock.now() / 1000;
  const queries = [
    `sum by (${by}) (rate(istio_requests_total{reporter="source"}${WINDOW}))`,
    `sum by (${by}) (rate(istio_requests_total{reporter="source",response_code=~"5..|0"}${WINDOW}))`,
    `histogram_quantile(0.95, sum by (le,${by}) (rate(istio_request_duration_milliseconds_bucket{reporter="source"}${WINDOW})))`,
  ];
  const answers = await Promise.allSettled(queries.map((q) => ctx.metrics.query(q, { time })));
  const out = new Map<string, WorkloadTraffic>();
  answers.forEach((answer, index) => {
    if (answer.status !== 'fulfilled' || answer.value.value.resultType !== 'vector') return;
    for (const { metric, value } of answer.value.value.result) {
      const key = workloadKey(metric);
      const entry = out.get(key) ?? { rate: 0, errors: 0, p95: null };
      if (index === 0) entry.rate = value[1];
      else if (index === 1) entry.errors = value[1];
      else entry.p95 = Number.isFinite(value[1]) ? value[1] : null;
      out.set(key, entry);
    }
  });
  return out;
}

function workloadKey(labels: Labels): string {
  return `${labels['destination_workload_namespace'] ?? ''}/${labels['destination_workload'] ?? ''}`;
}
