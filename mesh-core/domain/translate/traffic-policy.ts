import type { TrafficPolicy } from '../resources/networking.ts';

/** The blocks that apply to one port of one subset. */
export type EffectivePolicy = Omit<TrafficPolicy, 'portLevelSettings'>;

/**
 * The policy in force for a port: the rule's port level replaces its top level whole; the subset's policy then overrides
 * it block by block, and the subset's port level replaces the four blocks. Source: istiod's MergeSubsetTrafficPolicy.
 */
export function effectivePolicy(top: TrafficPolicy | undefined, subset: TrafficPolicy | undefined, port: number): EffectivePolicy {
  const base = atPort(top, port)?.policy ?? {};
  const override = atPort(subset, port);
  if (override === undefined) return base;
  if (top === undefined) return override.policy;
  const { tunnel, proxyProtocol, retryBudget } = base;
  const kept = override.isPortLevel ? { ...(tunnel === undefined ? undefined : { tunnel }), ...(proxyProtocol === undefined ? undefined : { proxyProtocol }), ...(retryBudget === undefined ? undefined : { retryBudget }) } : base;
  return { ...kept, ...withoutUnset(override.policy) };
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

function withoutUnset(policy: EffectivePolicy): EffectivePolicy {
  return Object.fromEntries(Object.entries(policy).filter(([, block]) => block !== undefined));
}
