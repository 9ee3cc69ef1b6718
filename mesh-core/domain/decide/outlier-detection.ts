import { parseDuration } from '../resources/go-duration.ts';
import type { OutlierDetection } from '../envoy/resources.ts';

/**
 * What one try says about its host. Of the host's own doing: `success`, `server-error` (5xx), `gateway-error` (502, 503, 504).
 * Seen from here: `connected`, `local-failure` (no connection, or it broke before an answer), `local-timeout`; these count as
 * 503 and 504 of the host, or apart from them when the configuration splits the two.
 */
export type HostResult = 'success' | 'server-error' | 'gateway-error' | 'connected' | 'local-failure' | 'local-timeout';

export interface HostHealth {
  readonly consecutiveErrors: number;
  readonly consecutiveGatewayErrors: number;
  readonly consecutiveLocalFailures: number;
  /** How many ejections in a row; the next one lasts this many times the base plus one. */
  readonly ejections: number;
  /** Milliseconds of the clock; absent = not ejected. */
  readonly ejectedUntilMs?: number;
}
/** Hosts by key, only those with something to remember. Never changed in place. */
export type OutlierState = ReadonlyMap<string, HostHealth>;
export const NO_OUTLIERS: OutlierState = new Map();

export type EjectionCause = 'consecutive-5xx' | 'consecutive-gateway-errors' | 'consecutive-local-failures';
export type Ejection = { readonly host: string; readonly cause: EjectionCause; readonly untilMs: number };
export interface OutlierStep {
  readonly state: OutlierState;
  readonly ejected?: Ejection;
  /** A run of errors was long enough, but too many hosts are out already. */
  readonly overflow?: true;
}

const HEALTHY: HostHealth = { consecutiveErrors: 0, consecutiveGatewayErrors: 0, consecutiveLocalFailures: 0, ejections: 0 };
const DEFAULTS = { consecutive: 5, intervalMs: 10_000, baseEjectionMs: 30_000, maxEjectionMs: 300_000, maxEjectionPercent: 10 };

/**
 * Counts one result and ejects the host when its run of errors is long enough and not too many hosts are out already (one may
 * always go). A run that led to nothing because too many are out begins anew. Time in milliseconds of any steady clock;
 * `hostCount` = hosts of the cluster. Source: Envoy's outlier_detection_impl.cc; success-rate ejection is off, as istiod sets it.
 */
export function recordResult(state: OutlierState, config: OutlierDetection, host: string, result: HostResult, hostCount: number, nowMs: number): OutlierStep {
  const before = state.get(host) ?? HEALTHY;
  const counted = counts(before, result, config.splitExternalLocalOriginErrors === true);
  if (counted === before) return { state };
  // While it is out its errors are of no interest: it comes back with a clean sheet.
  if (before.ejectedUntilMs !== undefined) return { state };
  const cause = ejectionCause(config, counted, before);
  if (cause === undefined) return { state: withHost(state, host, counted) };
  if (!mayEject(state, config, hostCount)) return { state: withHost(state, host, { ...counted, ...CLEARED[cause] }), overflow: true };
  const untilMs = nowMs + ejectionTimeMs(config, counted.ejections + 1);
  return { state: withHost(state, host, { ...HEALTHY, ejections: counted.ejections + 1, ejectedUntilMs: untilMs }), ejected: { host, cause, untilMs } };
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
      if (forgiven.ejections > 0 || forgiven.consecutiveErrors > 0 || forgiven.consecutiveLocalFailures > 0) next.set(host, forgiven);
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

/** What an answer says about its host; a gRPC status in its head counts as the HTTP status that stands for it. */
export function resultOfStatus(status: number): HostResult {
  if (status < 500 || status > 599) return 'success';
  return status === 502 || status === 503 || status === 504 ? 'gateway-error' : 'server-error';
}

const CLEARED: Readonly<Record<EjectionCause, Partial<HostHealth>>> = {
  'consecutive-5xx': { consecutiveErrors: 0 },
  'consecutive-gateway-errors': { consecutiveGatewayErrors: 0 },
  'consecutive-local-failures': { consecutiveLocalFailures: 0 },
};

/** The counters after a result; the same object when nothing changed. */
function counts(before: HostHealth, result: HostResult, split: boolean): HostHealth {
  switch (result) {
    case 'success':
      return before.consecutiveErrors === 0 && before.consecutiveGatewayErrors === 0 ? before : { ...before, consecutiveErrors: 0, consecutiveGatewayErrors: 0 };
    case 'connected':
      return split && before.consecutiveLocalFailures > 0 ? { ...before, consecutiveLocalFailures: 0 } : before;
    case 'local-failure':
    case 'local-timeout':
      if (split) return { ...before, consecutiveLocalFailures: before.consecutiveLocalFailures + 1 };
      return counts(before, 'gateway-error', split);
    case 'gateway-error':
      return { ...before, consecutiveErrors: before.consecutiveErrors + 1, consecutiveGatewayErrors: before.consecutiveGatewayErrors + 1 };
    case 'server-error':
      return { ...before, consecutiveErrors: before.consecutiveErrors + 1, consecutiveGatewayErrors: 0 };
  }
}

function ejectionCause(config: OutlierDetection, health: HostHealth, before: HostHealth): EjectionCause | undefined {
  const reached = (limit: number | undefined, enforcing: number, now: number, earlier: number): boolean => enforcing > 0 && now > earlier && now >= (limit ?? DEFAULTS.consecutive) && (limit ?? DEFAULTS.consecutive) > 0;
  if (reached(config.consecutiveGatewayFailure, config.enforcingConsecutiveGatewayFailure ?? 0, health.consecutiveGatewayErrors, before.consecutiveGatewayErrors)) return 'consecutive-gateway-errors';
  if (reached(config.consecutive5xx, config.enforcingConsecutive5xx ?? 100, health.consecutiveErrors, before.consecutiveErrors)) return 'consecutive-5xx';
  if (reached(config.consecutiveLocalOriginFailure, config.enforcingConsecutiveLocalOriginFailure ?? 100, health.consecutiveLocalFailures, before.consecutiveLocalFailures)) return 'consecutive-local-failures';
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
