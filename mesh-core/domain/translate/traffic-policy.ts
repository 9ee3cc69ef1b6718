import type { TrafficPolicy } from '../resources/networking.ts';

/** The blocks that apply to one port of one subset. */
export type EffectivePolicy = Omit<TrafficPolicy, 'portLevelSettings'>;

/**
 * The policy in force for a port: the rule's port level replaces its top level whole; the subset's policy then overrides
 * it block by block, and the subset's port level replaces all blocks. Source: istiod's MergeSubsetTrafficPolicy.
 */
export function effectivePolicy(top: TrafficPolicy | undefined, subset: TrafficPolicy | undefined, port: number): EffectivePolicy {
  const base = atPort(top, port)?.policy ?? {};
  const override = atPort(subset, port);
  if (override === undefined) return base;
  if (top === undefined || override.isPortLevel) return override.policy;
  const { connectionPool, outlierDetection, loadBalancer, tls } = override.policy;
  return {
    ...base,
    ...(connectionPool === undefined ? undefined : { connectionPool }),
    ...(outlierDetection === undefined ? undefined : { outlierDetection }),
    ...(loadBalancer === undefined ? undefined : { loadBalancer }),
    ...(tls === undefined ? undefined : { tls }),
  };
}

function atPort(policy: TrafficPolicy | undefined, port: number): { readonly policy: EffectivePolicy; readonly isPortLevel: boolean } | undefined {
  if (policy === undefined) return undefined;
  const { portLevelSettings, ...top } = policy;
  const portLevel = portLevelSettings?.find((setting) => setting.port.number === port);
  return portLevel === undefined ? { policy: top, isPortLevel: false } : { policy: withoutPort(portLevel), isPortLevel: true };
}

function withoutPort({ port: _port, ...blocks }: NonNullable<TrafficPolicy['portLevelSettings']>[number]): EffectivePolicy {
  return blocks;
}
