import type { Service } from '#mesh-core/domain/resources/core.ts';
import { serviceFqdn, resolveShortName } from '#mesh-core/domain/resources/host-name.ts';
import { matchesLabels } from '#mesh-core/domain/resources/label-selector.ts';
import type { DestinationRule, ServiceEntry, VirtualService, WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { AuthorizationPolicy } from '#mesh-core/domain/resources/security.ts';
import { isReady, workloadOf } from '#server/graph/core/decorate-graph.ts';
import type { Health } from '#server/graph/core/graph-model.ts';
import { readinessHealth, trafficHealth, worstHealth } from '#server/graph/core/health.ts';
import type { ServerContext } from '#server/server-context.ts';
import { readTraffic, type TrafficTable } from './read-traffic.ts';
import type { ServiceRow, WorkloadRow } from './schemas.ts';

type InventoryContext = Pick<ServerContext, 'config' | 'metrics' | 'clock' | 'scrapeIntervalSeconds'>;

/** Every registered workload with its instances and its traffic of the last minute. */
export async function listWorkloads({ ctx, at }: { ctx: InventoryContext; at?: number | undefined }): Promise<WorkloadRow[]> {
  const traffic = await readTraffic(ctx, at);
  const groups = Map.groupBy(
    ctx.config.list<WorkloadEntry>('WorkloadEntry').filter((e) => e.metadata.name !== 'istiod'),
    (e) => `${e.metadata.namespace ?? 'default'}/${workloadOf(e)}`,
  );
  return [...groups].map(([key, entries]) => workloadRow(key, entries, traffic)).toSorted((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
}

function workloadRow(key: string, entries: readonly WorkloadEntry[], traffic: TrafficTable): WorkloadRow {
  const first = entries[0];
  const labels = first?.spec?.labels ?? {};
  const [namespace = '', name = ''] = key.split('/');
  const seen = traffic.workloads.get(key);
  const ready = entries.filter(isReady).length;
  return {
    namespace,
    name,
    app: labels['service.istio.io/canonical-name'] ?? labels['app'] ?? name,
    version: labels['service.istio.io/canonical-revision'] ?? labels['version'] ?? 'latest',
    labels,
    serviceAccount: first?.spec?.serviceAccount ?? 'default',
    instances: entries.length,
    ready,
    instanceNames: entries.map((e) => e.metadata.name).toSorted(),
    requestsPerSecond: seen?.rate ?? null,
    errorRatio: seen === undefined || seen.rate === 0 ? null : seen.errors / seen.rate,
    p95Ms: seen?.p95 ?? null,
    health: combine([readinessHealth(entries.length, ready)], seen?.codes),
  };
}

function combine(others: readonly Health[], codes: Readonly<Record<string, number>> | undefined): Health {
  const rate = Object.values(codes ?? {}).reduce((sum, r) => sum + r, 0);
  const traffic = trafficHealth(codes === undefined ? [] : [{ protocol: 'http', rate, errorRatio: 0, codes, flags: {} }]);
  const worst = worstHealth([...others, traffic]);
  return worst.status === 'healthy' && traffic.status === 'idle' ? traffic : worst;
}

/** Every service of the registry, those outside the mesh too, with traffic and the configuration that applies. */
export async function listServices({ ctx, at }: { ctx: InventoryContext; at?: number | undefined }): Promise<ServiceRow[]> {
  const traffic = await readTraffic(ctx, at);
  const entries = ctx.config.list<WorkloadEntry>('WorkloadEntry');
  const inside = ctx.config.list<Service>('Service').map((service): ServiceRow => {
    const { name, namespace = 'default' } = service.metadata;
    const host = serviceFqdn(name, namespace);
    const selector = service.spec?.selector;
    const members = selector === undefined ? [] : entries.filter((e) => e.metadata.namespace === namespace && matchesLabels(selector, e.spec?.labels ?? {}));
    return {
      namespace,
      name,
      host,
      external: false,
      ports: (service.spec?.ports ?? []).map((p) => `${p.port}${p.name === undefined ? '' : ` ${p.name}`}`),
      workloads: [...new Set(members.map(workloadOf))].toSorted(),
      config: configFor(ctx, host, members),
      ...numbers(traffic, host),
      health: combine([readinessHealth(members.length, members.filter(isReady).length)], traffic.services.get(host)?.codes),
    };
  });
  const outside = ctx.config.list<ServiceEntry>('ServiceEntry').flatMap((se) =>
    (se.spec?.hosts ?? []).map(
      (host): ServiceRow => ({
        namespace: se.metadata.namespace ?? 'default',
        name: host,
        host,
        external: se.spec?.location !== 'MESH_INTERNAL',
        ports: (se.spec?.ports ?? []).map((p) => `${p.number} ${p.name}`),
        workloads: [],
        config: [`ServiceEntry/${se.metadata.namespace ?? 'default'}/${se.metadata.name}`, ...configFor(ctx, host, [])],
        ...numbers(traffic, host),
        health: combine([], traffic.services.get(host)?.codes),
      }),
    ),
  );
  return [...inside, ...outside].toSorted((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
}

function numbers(traffic: TrafficTable, host: string): Pick<ServiceRow, 'requestsPerSecond' | 'errorRatio' | 'p95Ms'> {
  const seen = traffic.services.get(host);
  return { requestsPerSecond: seen?.rate ?? null, errorRatio: seen === undefined || seen.rate === 0 ? null : seen.errors / seen.rate, p95Ms: seen?.p95 ?? null };
}

/** Objects that shape traffic to a host, as `Kind/namespace/name`. */
function configFor(ctx: Pick<ServerContext, 'config'>, host: string, members: readonly WorkloadEntry[]): string[] {
  const key = (o: { kind: string; metadata: { namespace?: string; name: string } }): string => `${o.kind}/${o.metadata.namespace ?? 'default'}/${o.metadata.name}`;
  const leadsHere = (h: string, namespace: string | undefined): boolean => resolveShortName(h, namespace ?? 'default') === host;
  const virtualServices = ctx.config.list<VirtualService>('VirtualService').filter((vs) => (vs.spec?.hosts ?? []).some((h) => leadsHere(h, vs.metadata.namespace)));
  const destinationRules = ctx.config.list<DestinationRule>('DestinationRule').filter((dr) => dr.spec !== undefined && leadsHere(dr.spec.host, dr.metadata.namespace));
  const policies = ctx.config.list<AuthorizationPolicy>('AuthorizationPolicy').filter((p) => members.some((e) => (p.metadata.namespace === e.metadata.namespace || p.metadata.namespace === 'istio-system') && matchesLabels(p.spec?.selector?.matchLabels ?? {}, e.spec?.labels ?? {})));
  return [...virtualServices, ...destinationRules, ...policies].map(key);
}
