import type { Cluster } from '../envoy/resources.ts';
import type { CommonLbConfig, SlowStart } from '../envoy/cluster-options.ts';
import type { LoadBalancer } from '../resources/networking.ts';
import { localitySettingOf } from './locality-setting.ts';
import { protoDuration } from './proto-duration.ts';

/** Envoy's ring when the deprecated form of a consistent hash names no size. */
const DEFAULT_RING = 1024;

/**
 * The balancing algorithm: LEAST_REQUEST unless chosen; consistent hashing is a ring unless it asks for Maglev; warm-up
 * belongs to LEAST_REQUEST and ROUND_ROBIN. Source: istiod's applyLoadBalancer.
 */
export function loadBalancerFields(balancer: LoadBalancer | undefined): Pick<Cluster, 'lbPolicy' | 'ringHashLbConfig' | 'maglevLbConfig' | 'leastRequestLbConfig' | 'roundRobinLbConfig'> {
  const hash = balancer?.consistentHash;
  if (hash?.maglev !== undefined) return { lbPolicy: 'MAGLEV', ...(hash.maglev.tableSize ? { maglevLbConfig: { tableSize: String(hash.maglev.tableSize) } } : undefined) };
  if (hash?.ringHash !== undefined) return { lbPolicy: 'RING_HASH', ...(hash.ringHash.minimumRingSize ? { ringHashLbConfig: { minimumRingSize: String(hash.ringHash.minimumRingSize) } } : undefined) };
  if (hash !== undefined) return { lbPolicy: 'RING_HASH', ringHashLbConfig: { minimumRingSize: String(hash.minimumRingSize || DEFAULT_RING) } };
  const slowStartConfig = slowStartOf(balancer);
  switch (balancer?.simple) {
    case 'RANDOM':
      return { lbPolicy: 'RANDOM' };
    case 'PASSTHROUGH':
      return { lbPolicy: 'CLUSTER_PROVIDED' };
    case 'ROUND_ROBIN':
      return { lbPolicy: 'ROUND_ROBIN', ...(slowStartConfig === undefined ? undefined : { roundRobinLbConfig: { slowStartConfig } }) };
    default:
      return { lbPolicy: 'LEAST_REQUEST', ...(slowStartConfig === undefined ? undefined : { leastRequestLbConfig: { slowStartConfig } }) };
  }
}

/**
 * Panic and locality settings of a cluster. Hosts that are down are never tried for want of better ones, unless outlier
 * detection names a share below which they are.
 */
export function commonLbConfigOf(balancer: LoadBalancer | undefined, panicPercent: number | undefined): CommonLbConfig {
  const setting = localitySettingOf(balancer);
  const { distribute, failover, failoverPriority } = setting.kind === 'locality' ? setting.setting : {};
  const isWeighted = setting.kind === 'locality' && (distribute !== undefined || (panicPercent !== undefined && (failover !== undefined || failoverPriority !== undefined)));
  return {
    healthyPanicThreshold: { value: panicPercent ?? 0 },
    ...(isWeighted ? { localityWeightedLbConfig: {} } : undefined),
    ...(setting.kind === 'zone-aware' ? { zoneAwareLbConfig: zoneAware(setting.setting) } : undefined),
  };
}

function zoneAware({ enabled, minClusterSize }: NonNullable<LoadBalancer['zoneAwareLbSetting']>): NonNullable<CommonLbConfig['zoneAwareLbConfig']> {
  return { ...(enabled === false ? { routingEnabled: { value: 0 } } : undefined), ...(typeof minClusterSize === 'number' ? { minClusterSize: String(minClusterSize) } : undefined) };
}

function slowStartOf(balancer: LoadBalancer | undefined): SlowStart | undefined {
  const { warmup } = balancer ?? {};
  if (warmup === undefined) {
    const slowStartWindow = protoDuration(balancer?.warmupDurationSecs);
    return slowStartWindow === undefined ? undefined : { slowStartWindow };
  }
  const slowStartWindow = protoDuration(warmup.duration);
  return {
    ...(slowStartWindow === undefined ? undefined : { slowStartWindow }),
    // The key is one that no runtime has: the value cannot be overridden.
    aggression: { defaultValue: warmup.aggression ?? 1, runtimeKey: '(' },
    minWeightPercent: { value: warmup.minimumPercent ?? 10 },
  };
}
