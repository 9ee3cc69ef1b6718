import type { CanaryRolloutSpec, RolloutArm } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { Service } from '#mesh-core/domain/resources/core.ts';
import { resolveShortName } from '#mesh-core/domain/resources/host-name.ts';
import { matchesLabels } from '#mesh-core/domain/resources/label-selector.ts';
import type { DestinationRule, VirtualService, WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { workloadOf } from '#server/graph/core/decorate-graph.ts';
import type { ConfigCache } from '#server/config/config-cache.ts';

/** The objects a rollout is about, as the configuration holds them now. */
export interface RolloutTargets {
  readonly fqdn: string;
  readonly service: Service | undefined;
  readonly virtualService: VirtualService | undefined;
  readonly destinationRule: DestinationRule | undefined;
  readonly canary: ArmInstances;
  readonly stable: ArmInstances;
}
export interface ArmInstances {
  readonly workloads: readonly string[];
  readonly instances: number;
  readonly ready: number;
}

/** Finds them: by name where the rollout names one, otherwise by host. */
export function findTargets(config: ConfigCache, namespace: string, spec: Pick<CanaryRolloutSpec, 'host' | 'stable' | 'canary' | 'virtualService' | 'destinationRule'>): RolloutTargets {
  const fqdn = resolveShortName(spec.host, namespace);
  const pointsHere = (host: string, ns: string | undefined): boolean => resolveShortName(host, ns ?? namespace) === fqdn;
  const service = config.list<Service>('Service').find((s) => pointsHere(s.metadata.name, s.metadata.namespace));
  const virtualServices = config.list<VirtualService>('VirtualService');
  const destinationRules = config.list<DestinationRule>('DestinationRule');
  const entries = config.list<WorkloadEntry>('WorkloadEntry', service?.metadata.namespace ?? namespace).filter((e) => service?.spec?.selector !== undefined && matchesLabels(service.spec.selector, e.spec?.labels ?? {}));
  return {
    fqdn,
    service,
    virtualService:
      spec.virtualService === undefined
        ? virtualServices.find((vs) => (vs.spec?.gateways ?? ['mesh']).includes('mesh') && (vs.spec?.hosts ?? []).some((h) => pointsHere(h, vs.metadata.namespace)))
        : config.get<VirtualService>('VirtualService', namespace, spec.virtualService),
    destinationRule: spec.destinationRule === undefined ? destinationRules.find((dr) => dr.spec !== undefined && pointsHere(dr.spec.host, dr.metadata.namespace)) : config.get<DestinationRule>('DestinationRule', namespace, spec.destinationRule),
    canary: armInstances(entries, spec.canary),
    stable: armInstances(entries, spec.stable),
  };
}

function armInstances(entries: readonly WorkloadEntry[], arm: Pick<RolloutArm, 'labels'>): ArmInstances {
  const mine = entries.filter((e) => matchesLabels(arm.labels, e.spec?.labels ?? {}));
  return { workloads: [...new Set(mine.map(workloadOf))].toSorted(), instances: mine.length, ready: mine.filter((e) => e.status?.conditions?.find((c) => c.type === 'Healthy')?.status !== 'False').length };
}
