import type { RolloutPhase } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { HealthStatus } from '#server/graph/core/graph-model.ts';
import type { ComparedResource } from '#server/proxies/schemas.ts';

/** Every state the console shows. Health statuses of the graph are among them. */
export type Status = HealthStatus | 'progressing';

export interface StatusLook {
  readonly label: string;
  /** The colour as CSS, for strokes, canvases and charts. */
  readonly color: string;
  /** Utility classes of a tinted box. */
  readonly boxClass: string;
  /** Higher is more in need of a person. */
  readonly rank: number;
}

/** The one table from a status to its look. Shapes are in `StatusGlyph`. */
export const STATUS: Readonly<Record<Status, StatusLook>> = {
  failing: { label: 'Failing', color: 'var(--status-failing-fg)', boxClass: 'border-failing-border bg-failing-bg', rank: 6 },
  degraded: { label: 'Degraded', color: 'var(--status-degraded-fg)', boxClass: 'border-degraded-border bg-degraded-bg', rank: 5 },
  'not-ready': { label: 'Not ready', color: 'var(--status-idle-fg)', boxClass: 'border-idle-border bg-idle-bg', rank: 4 },
  progressing: { label: 'Progressing', color: 'var(--status-progressing-fg)', boxClass: 'border-progressing-border bg-progressing-bg', rank: 3 },
  healthy: { label: 'Healthy', color: 'var(--status-healthy-fg)', boxClass: 'border-healthy-border bg-healthy-bg', rank: 2 },
  idle: { label: 'Idle', color: 'var(--status-idle-fg)', boxClass: 'border-idle-border bg-idle-bg', rank: 1 },
  unknown: { label: 'Unknown', color: 'var(--status-idle-fg)', boxClass: 'border-idle-border bg-idle-bg', rank: 0 },
};

/** The status most in need of a person; `unknown` for none. */
export function worstStatus(statuses: Iterable<Status>): Status {
  let worst: Status = 'unknown';
  for (const status of statuses) if (STATUS[status].rank > STATUS[worst].rank) worst = status;
  return worst;
}

/** Sorts worst first. */
export function byStatus(a: Status, b: Status): number {
  return STATUS[b].rank - STATUS[a].rank;
}

export interface NamedStatus {
  readonly status: Status;
  readonly label: string;
}

/** A canary's phase as a status and in words. */
export function rolloutStatus(phase: RolloutPhase | undefined): NamedStatus {
  switch (phase) {
    case undefined:
    case 'Pending':
      return { status: 'not-ready', label: 'Pending' };
    case 'Progressing':
      return { status: 'progressing', label: 'Progressing' };
    case 'Baking':
      return { status: 'progressing', label: 'Baking' };
    case 'Holding':
      return { status: 'progressing', label: 'Holding' };
    case 'Paused':
      return { status: 'idle', label: 'Paused' };
    case 'Drifted':
      return { status: 'degraded', label: 'Drifted' };
    case 'Promoted':
      return { status: 'healthy', label: 'Promoted' };
    case 'RollingBack':
      return { status: 'degraded', label: 'Rolling back' };
    case 'RolledBack':
      return { status: 'failing', label: 'Rolled back' };
    case 'Stuck':
      return { status: 'failing', label: 'Stuck' };
  }
}

/** How far a proxy is behind the control plane. */
export type ProxySync = 'synced' | 'pending' | 'stale' | 'nack' | 'disconnected';
export function proxySyncStatus(sync: ProxySync): NamedStatus {
  switch (sync) {
    case 'synced':
      return { status: 'healthy', label: 'Synced' };
    case 'pending':
      return { status: 'progressing', label: 'Sending' };
    case 'stale':
      return { status: 'degraded', label: 'Stale' };
    case 'nack':
      return { status: 'failing', label: 'Rejected' };
    case 'disconnected':
      return { status: 'not-ready', label: 'Disconnected' };
  }
}

/** A resource of a proxy beside what it is offered; while it warms or drains, that is what there is to say. */
export function comparisonStatus({ comparison, phase }: Pick<ComparedResource, 'comparison' | 'phase'>): NamedStatus {
  if (phase === 'warming') return { status: 'progressing', label: 'Warming' };
  if (phase === 'draining') return { status: 'progressing', label: 'Draining' };
  switch (comparison) {
    case 'same':
      return { status: 'healthy', label: 'In force' };
    case 'own':
      return { status: 'healthy', label: 'Its own' };
    case 'different':
      return { status: 'degraded', label: 'Different' };
    case 'missing':
      return { status: 'degraded', label: 'Missing' };
    case 'extra':
      return { status: 'degraded', label: 'Left over' };
    case 'not-asked':
      return { status: 'idle', label: 'Not asked for' };
    case 'unknown':
      return { status: 'unknown', label: 'Not compared' };
  }
}

/** A workload certificate: whether its holder is known and renews it in time. */
export type CertificateCondition = 'valid' | 'unused' | 'overdue' | 'ended' | 'revoked';
export function certificateStatus(condition: CertificateCondition): NamedStatus {
  switch (condition) {
    case 'valid':
      return { status: 'healthy', label: 'Valid' };
    case 'unused':
      return { status: 'idle', label: 'Not in use' };
    case 'overdue':
      return { status: 'degraded', label: 'Overdue' };
    case 'ended':
      return { status: 'failing', label: 'Ended' };
    case 'revoked':
      return { status: 'failing', label: 'Revoked' };
  }
}

/** What validation says of a configuration object. */
export type Validation = 'valid' | 'warning' | 'error' | 'unchecked';
export function validationStatus(validation: Validation): NamedStatus {
  switch (validation) {
    case 'valid':
      return { status: 'healthy', label: 'Valid' };
    case 'warning':
      return { status: 'degraded', label: 'Warning' };
    case 'error':
      return { status: 'failing', label: 'Error' };
    case 'unchecked':
      return { status: 'unknown', label: 'Not checked' };
  }
}

/** State of one alert. A pending one waits out its `for`. */
export function alertStatus(state: 'pending' | 'firing'): NamedStatus {
  return state === 'firing' ? { status: 'failing', label: 'Firing' } : { status: 'progressing', label: 'Pending' };
}

/** A rule: whether it can be evaluated at all, then the gravest state of its alerts (`undefined`: it records). */
export function ruleStatus(health: 'unknown' | 'ok' | 'err', state: 'unknown' | 'inactive' | 'pending' | 'firing' | undefined): NamedStatus {
  if (state === 'firing' || state === 'pending') return alertStatus(state);
  if (health === 'err') return { status: 'degraded', label: 'Broken' };
  if (health === 'unknown') return { status: 'unknown', label: 'Not yet' };
  return state === undefined ? { status: 'healthy', label: 'Recording' } : { status: 'healthy', label: 'Inactive' };
}

/** Verdict of one check of a canary. */
export function verdictStatus(verdict: 'worse' | 'ok' | 'hold' | 'need-data' | 'no-data'): NamedStatus {
  switch (verdict) {
    case 'worse':
      return { status: 'failing', label: 'Worse than stable' };
    case 'ok':
      return { status: 'healthy', label: 'No worse than stable' };
    case 'hold':
      return { status: 'degraded', label: 'Holding' };
    case 'need-data':
      return { status: 'progressing', label: 'Collecting evidence' };
    case 'no-data':
      return { status: 'unknown', label: 'No data' };
  }
}
