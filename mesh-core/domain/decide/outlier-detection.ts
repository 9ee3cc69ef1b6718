import { parseDuration } from '../resources/go-duration.ts';
import type { OutlierDetection } from '../envoy/resources.ts';

/** What one finished try says about its host; local failures to connect count as gateway errors. */
export type HostResult = 'success' | 'server-error' | 'gateway-error';

export interface HostHealth {
  readonly consecutiveErrors: number;
  readonly consecutiveGatewayErrors: number;
  /** How many ejections in a row; the next one lasts this many times the base plus one. */
  readonly ejections: number;
  /** Milliseconds of the clock; absent = not ejected. */
  readonly ejectedUntilMs?: number;
}
/** Hosts by key, only those with something to remember. Never changed in place. */
export type OutlierState = ReadonlyMap<string, HostHealth>;
export const NO_OUTLIERS: OutlierState = new Map();

export type Ejection = { readonly host: string; readonly cause: 'consecutive-5xx' | 'consecutive-gateway-errors'; readonly untilMs: number };
export interface OutlierStep {
  readonly state: OutlierState;
  readonly ejected?: Ejection;
}

const HEALTHY: HostHealth = { consecutiveErrors: 0, consecutiveGatewayErrors: 0, ejections: 0 };
const DEFAULTS = { consecutive: 5, intervalMs: 10_000, baseEjectionMs: 30_000, maxEjectionMs: 300_000, maxEjectionPercent: 10 };

/**
 * Counts one result and ejects the host when its run of errors is long enough and not too many hosts are out already
 * (one may always go). Time in milliseconds of any steady clock; `hostCount` = hosts of the cluster.
 * Source: Envoy's outlier detection documentation; success-rate ejection is off, as istiod sets it.
 */
export function recordResult(state: OutlierState, config: OutlierDetection, host: string, result: HostResult, hostCount: number, nowMs: number): OutlierStep {
  const before = state.get(host) ?? HEALTHY;
  if (result === 'success') {
    if (before.consecutiveErrors === 0 && before.consecutiveGatewayErrors === 0) return { state };
    return { state: withHost(state, host, { ...before, consecutiveErrors: 0, consecutiveGatewayErrors: 0 }) };
  }
  const health: HostHealth = { ...before, consecutiveErrors: before.consecutiveErrors + 1, consecutiveGatewayErrors: result === 'gateway-error' ? before.consecutiveGatewayErrors + 1 : 0 };
  const cause = before.ejectedUntilMs === undefined ? ejectionCause(config, health) : undefined;
  if (cause === undefined || !mayEject(state, config, hostCount)) return { state: withHost(state, host, health) };
  const untilMs = nowMs + ejectionTimeMs(config, health.ejections + 1);
  const ejectedHealth = { consecutiveErrors: 0, consecutiveGatewayErrors: 0, ejections: health.ejections + 1, ejectedUntilMs: untilMs };
  return { state: withHost(state, host, ejectedHealth), ejected: { host, cause, untilMs } };
}

/**
 * One sweep, to be run every `sweepIntervalMs`: hosts whose time is over return, hosts that stayed in for the whole
 * interval have one ejection forgiven. Returns the keys that came back.
 */
export function sweep(state: OutlierState, nowMs: number): { readonly state: OutlierState; readonly returned: readonly string[] } {
  const returned: string[] = [];
  const next = new Map<string, HostHealth>();
  for (const [host, health] of state) {
    const { ejectedUntilMs, ...rest } = health;
    if (ejectedUntilMs === undefined) {
      const forgiven = { ...health, ejections: Math.max(0, health.ejections - 1) };
      if (forgiven.ejections > 0 || forgiven.consecutiveErrors > 0) next.set(host, forgiven);
    } else if (ejectedUntilMs <= nowMs) {
      returned.push(host);
      next.set(host, rest);
    } else next.set(host, health);
  }
  return { state: next, returned };
}

/** Is a host out? It stays out until a sweep brings it back. */
export function isEjected(state: OutlierState, host: string): boolean {
  return state.get(host)?.ejectedUntilMs !== undefined;
}

/** Milliseconds between sweeps. */
export function sweepIntervalMs(config: OutlierDetection): number {
  return duration(config.interval) ?? DEFAULTS.intervalMs;
}

/** Drops what is remembered about hosts that are no longer in the cluster. */
export function keepHosts(state: OutlierState, hosts: ReadonlySet<string>): OutlierState {
  const kept = [...state].filter(([host]) => hosts.has(host));
  return kept.length === state.size ? state : new Map(kept);
}

function ejectionCause(config: OutlierDetection, health: HostHealth): Ejection['cause'] | undefined {
  const limit = config.consecutive5xx ?? DEFAULTS.consecutive;
  if ((config.enforcingConsecutive5xx ?? 100) > 0 && limit > 0 && health.consecutiveErrors >= limit) return 'consecutive-5xx';
  const gatewayLimit = config.consecutiveGatewayFailure ?? DEFAULTS.consecutive;
  if ((config.enforcingConsecutiveGatewayFailure ?? 0) > 0 && gatewayLimit > 0 && health.consecutiveGatewayErrors >= gatewayLimit) return 'consecutive-gateway-errors';
  return undefined;
}

function mayEject(state: OutlierState, config: OutlierDetection, hostCount: number): boolean {
  let out = 0;
  for (const health of state.values()) if (health.ejectedUntilMs !== undefined) out += 1;
  return out === 0 || ((out + 1) * 100) / Math.max(1, hostCount) <= (config.maxEjectionPercent ?? DEFAULTS.maxEjectionPercent);
}

function ejectionTimeMs(config: OutlierDetection, times: number): number {
  const base = duration(config.baseEjectionTime) ?? DEFAULTS.baseEjectionMs;
  return Math.min(base * times, Math.max(base, DEFAULTS.maxEjectionMs));
}

function withHost(state: OutlierState, host: string, health: HostHealth): OutlierState {
  return new Map(state).set(host, health);
}

function duration(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
