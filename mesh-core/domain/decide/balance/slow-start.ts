import { parseDuration } from '../../resources/go-duration.ts';
import type { SlowStart } from '../../envoy/cluster-options.ts';

/** How long a new host is spared, in milliseconds; 0 = not at all. */
export function slowStartWindowMs(config: SlowStart | undefined): number {
  return config?.slowStartWindow === undefined ? 0 : (parseDuration(config.slowStartWindow) ?? 0);
}

/**
 * The part of its weight, 0..1, that a host has `ageMs` after it came: time's share of the window to the power of
 * 1/aggression, at least the minimum (10 %). Source: Envoy, slow start mode.
 */
export function slowStartFactor(config: SlowStart, ageMs: number): number {
  const window = slowStartWindowMs(config);
  if (window <= 0 || ageMs >= window) return 1;
  const aggression = config.aggression?.defaultValue ?? 1;
  const least = (config.minWeightPercent?.value ?? 10) / 100;
  return Math.max(least, (Math.max(1, ageMs) / window) ** (1 / (aggression > 0 ? aggression : 1)));
}
