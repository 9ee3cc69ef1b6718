import type { Condition } from './core.ts';
import type { KubeObject } from './kube-object.ts';

/**
 * Binnacle's own kind: a canary rollout of one service. The controller keeps all progress in `status`, so a restart
 * resumes and never advances a rollout. Desired weight is a pure function of this record.
 */
export interface CanaryRolloutSpec {
  /** Service short name in the rollout's namespace, or FQDN. */
  readonly host: string;
  readonly stable: RolloutArm;
  readonly canary: RolloutArm;
  /** VirtualService to edit; its http route is found by `routeName` (absent: the only route, or a new object). */
  readonly virtualService?: string;
  readonly routeName?: string;
  readonly destinationRule?: string;
  /** Canary shares, percent of 100, strictly rising; the last may be 100. */
  readonly steps: readonly RolloutStep[];
  readonly analysis: RolloutAnalysis;
  /** Frozen at its present weight while true. */
  readonly paused?: boolean;
}
export interface RolloutArm {
  /** DestinationRule subset name. */
  readonly subset: string;
  /** Labels of that subset's workloads, e.g. {version: v2}. */
  readonly labels: Readonly<Record<string, string>>;
}
export interface RolloutStep {
  readonly weight: number;
  /** Least time at this weight, seconds. */
  readonly minSeconds: number;
  /** After this many seconds without a verdict, `onInconclusive` applies; absent: 10 × minSeconds. */
  readonly maxSeconds?: number;
}
export interface RolloutAnalysis {
  /** Seconds between judgements. */
  readonly intervalSeconds: number;
  /** Bound on the chance to abort a good canary (false alarm), e.g. 0.01. */
  readonly alpha: number;
  /** Bound on the chance to call a bad canary good at a step, e.g. 0.05. */
  readonly beta: number;
  readonly errors: {
    /** Harmless floor of the error ratio (0..1), from the SLO; at or below it a canary is never aborted. */
    readonly floor: number;
    /** H0: canary error ratio ≤ maxRatio × stable's. */
    readonly maxRatio: number;
  };
  readonly latency?: {
    /** "slower than this" counts as slow; histogram bucket edges in milliseconds, at most four, fixed beforehand. */
    readonly edgesMs: readonly number[];
    readonly maxRatio: number;
    /** Harmless floor of the slow ratio (0..1). */
    readonly floor: number;
  };
  readonly onInconclusive: 'hold' | 'promote' | 'abort';
}

export type RolloutPhase = 'Pending' | 'Progressing' | 'Holding' | 'Paused' | 'Drifted' | 'Baking' | 'Promoted' | 'RollingBack' | 'RolledBack' | 'Stuck';
export interface RolloutTestState {
  readonly name: string;
  /** Log-likelihood ratios of the alternatives (8 numbers), carried from tick to tick. */
  readonly logLikelihoods: readonly number[];
}
export interface RolloutCheck {
  readonly name: string;
  readonly verdict: 'worse' | 'ok' | 'hold' | 'need-data' | 'no-data';
  /** One sentence a person can act on. */
  readonly message: string;
  /** Evidence that the canary is worse (abort at 1/alpha) and that it is fine (advance at 1/beta). */
  readonly evidenceWorse: number;
  readonly evidenceOk: number;
  readonly canary: { readonly requests: number; readonly bad: number };
  readonly stable: { readonly requests: number; readonly bad: number };
  readonly requestsNeeded?: number;
}
export interface RolloutHistoryEntry {
  readonly time: string;
  readonly actor: string;
  readonly from: RolloutPhase;
  readonly to: RolloutPhase;
  readonly weight: number;
  readonly message: string;
}
export interface CanaryRolloutStatus {
  readonly phase?: RolloutPhase;
  /** Index into spec.steps. */
  readonly step?: number;
  /** Weight the controller wants now, and the share of requests it last measured (0..100). */
  readonly weight?: number;
  /** Weight last seen on the route when it was the wanted one: tells "not written yet" from "changed by somebody". */
  readonly appliedWeight?: number;
  readonly observedShare?: number;
  readonly stepStartedAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly message?: string;
  readonly checks?: readonly RolloutCheck[];
  readonly tests?: readonly RolloutTestState[];
  /** The wish last acted on, until its annotation is gone: a crash in between must not act on it twice. */
  readonly handledRequest?: string;
  /** Last raw counter values by series, so that a delta never counts twice and survives a restart. */
  readonly counters?: Readonly<Record<string, number>>;
  readonly lastTickAt?: string;
  /** The http route as it was before the first write (JSON), for the rollback. */
  readonly originalRoute?: string;
  readonly history?: readonly RolloutHistoryEntry[];
  readonly conditions?: readonly Condition[];
  /** Requests on the canary in excess of what stable would have failed or slowed: the harm so far. */
  readonly harm?: number;
  readonly observedGeneration?: number;
}
export type CanaryRollout = KubeObject<CanaryRolloutSpec, CanaryRolloutStatus>;
