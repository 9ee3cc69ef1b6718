import type { CanaryRolloutSpec, CanaryRolloutStatus, RolloutHistoryEntry, RolloutPhase } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { Judgement } from '#server/rollouts/statistics/judge.ts';

/** What the controller saw this tick. */
export interface RolloutObservation {
  /** Canary's configured share of 100; undefined = the route is missing, with the reason. */
  readonly routeWeight: number | undefined;
  readonly routeProblem?: string;
  /** What else the route leads to, such as `10 % to v1`: a rollout splits between two versions only. */
  readonly otherDestinations?: string;
  /** Healthy instances of each arm. */
  readonly canaryReady: number;
  readonly stableReady: number;
  /** Share of requests the canary really served since the last tick, 0..100; undefined without traffic. */
  readonly observedShare?: number;
  /** Absent when metrics could not be read. */
  readonly judgement?: Judgement;
}
/** What a person asked for since the last tick. */
export type RolloutAction = 'promote' | 'advance' | 'abort' | 'adopt' | 'restore';
export interface RolloutRequest {
  readonly action: RolloutAction;
  readonly actor: string;
}

const FINAL: ReadonlySet<RolloutPhase> = new Set(['Promoted', 'RolledBack', 'Stuck']);
/** Without metrics for this long, a canary with much traffic is taken back. */
const MAX_BLIND_SECONDS = 300;
const BLIND_ROLLBACK_WEIGHT = 25;
const HISTORY_LIMIT = 60;

/** True when nothing will change any more. */
export function isFinished(phase: RolloutPhase | undefined): boolean {
  return phase !== undefined && FINAL.has(phase);
}

/**
 * The next status; its `weight` is what the route must then be set to. Pure: the same record, observation and time give
 * the same answer, so a restart resumes where it was. A step is never left before its minimum time since the recorded
 * start of that step, however often this runs.
 */
export function decideRollout(spec: CanaryRolloutSpec, status: CanaryRolloutStatus, seen: RolloutObservation, nowMs: number, request?: RolloutRequest): CanaryRolloutStatus {
  const now = new Date(nowMs).toISOString();
  const phase = status.phase ?? 'Pending';
  const move = (to: RolloutPhase, changes: Partial<CanaryRolloutStatus>, message: string, actor = 'controller'): CanaryRolloutStatus => {
    const next: CanaryRolloutStatus = { ...status, ...changes, phase: to, message };
    if (to === phase && changes.weight === undefined && changes.step === undefined) return next;
    const entry: RolloutHistoryEntry = { time: now, actor, from: phase, to, weight: next.weight ?? 0, message };
    return { ...next, history: [...(status.history ?? []), entry].slice(-HISTORY_LIMIT), ...(FINAL.has(to) ? { finishedAt: now } : {}) };
  };
  const rollBack = (message: string, actor?: string): CanaryRolloutStatus => move('RollingBack', { weight: 0 }, message, actor);

  if (isFinished(phase)) return status;
  if (phase === 'RollingBack') {
    if (seen.routeWeight === undefined) return move('Stuck', {}, `${status.message ?? 'Rolling back.'} There is no route to take back: ${seen.routeProblem ?? 'it is not there'}. See where the service's traffic goes.`);
    return seen.routeWeight === 0 ? move('RolledBack', { weight: 0 }, status.message ?? 'Rolled back.') : status;
  }
  if (phase === 'Pending') return request?.action === 'abort' ? move('RolledBack', {}, `Aborted by ${nameOf(request.actor)} before the first step.`, request.actor) : start(spec, seen, move, now);
  if (request?.action === 'abort') return rollBack(`Aborted by ${nameOf(request.actor)}.`, request.actor);
  const foreign = seen.otherDestinations;
  if (phase === 'Drifted' && request?.action === 'adopt' && seen.routeWeight !== undefined && foreign === undefined) {
    return move('Progressing', { weight: seen.routeWeight, step: stepFor(spec, seen.routeWeight), stepStartedAt: now }, `${nameOf(request.actor)} adopted the weight ${seen.routeWeight} %.`, request.actor);
  }
  if (phase === 'Drifted' && request?.action === 'restore' && foreign === undefined) {
    // The stranger's weight counts as applied, so that a crash before it is overwritten is no new drift.
    return move('Progressing', { stepStartedAt: now, ...(seen.routeWeight === undefined ? {} : { appliedWeight: seen.routeWeight }) }, `${nameOf(request.actor)} restored the weight ${status.weight ?? 0} %.`, request.actor);
  }
  if (seen.routeWeight === undefined) return rollBack(`The route is gone: ${seen.routeProblem ?? 'unknown reason'}`);
  if (seen.canaryReady === 0) return rollBack('No healthy instance of the canary is left.');
  if (foreign !== undefined) return phase === 'Drifted' ? status : move('Drifted', {}, `Somebody sends ${foreign} on the route of this rollout. Take that out of the route, or abort.`);
  // The weight of the step before is a write that is still to come (or was cut off by a restart), not a stranger's.
  if (seen.routeWeight !== (status.weight ?? 0) && seen.routeWeight !== status.appliedWeight) {
    return phase === 'Drifted' ? status : move('Drifted', {}, `Somebody set the canary's weight to ${seen.routeWeight} % while this rollout wants ${status.weight ?? 0} %. Adopt it, restore it, or abort.`);
  }
  if (phase === 'Drifted') return move('Progressing', { stepStartedAt: now }, 'The weight is what this rollout wants again.');
  if (request?.action === 'promote') return move('Baking', { weight: 100, step: spec.steps.length - 1, stepStartedAt: now }, `${nameOf(request.actor)} promoted the canary.`, request.actor);
  return judge(spec, status, seen, { now, nowMs, phase, move, rollBack, request });
}

type Move = (to: RolloutPhase, changes: Partial<CanaryRolloutStatus>, message: string, actor?: string) => CanaryRolloutStatus;

function start(spec: CanaryRolloutSpec, seen: RolloutObservation, move: Move, now: string): CanaryRolloutStatus {
  const first = spec.steps[0];
  if (first === undefined) return move('Stuck', {}, 'The rollout has no steps.');
  if (seen.routeWeight === undefined) return move('Pending', {}, `Waiting for the route: ${seen.routeProblem ?? 'it is not there yet'}.`);
  if (seen.canaryReady === 0) return move('Pending', {}, 'Waiting for a healthy instance of the canary.');
  if (seen.otherDestinations !== undefined) return move('Pending', {}, `Waiting: the route also sends ${seen.otherDestinations}, and a rollout splits between two versions only.`);
  if (spec.paused === true) return move('Pending', {}, 'Paused before the first step.');
  // What stands on the route now is ours to change: a crash before the first write must not look like somebody's change.
  return move('Progressing', { step: 0, weight: first.weight, appliedWeight: seen.routeWeight, startedAt: now, stepStartedAt: now, lastTickAt: now }, `Step 1 of ${spec.steps.length}: ${first.weight} % to the canary.`);
}

interface JudgeContext {
  readonly now: string;
  readonly nowMs: number;
  readonly phase: RolloutPhase;
  readonly move: Move;
  readonly rollBack: (message: string, actor?: string) => CanaryRolloutStatus;
  readonly request: RolloutRequest | undefined;
}

function judge(spec: CanaryRolloutSpec, status: CanaryRolloutStatus, seen: RolloutObservation, { now, nowMs, phase, move, rollBack, request }: JudgeContext): CanaryRolloutStatus {
  const { judgement } = seen;
  if (judgement === undefined) {
    const blindSeconds = (nowMs - Date.parse(status.lastTickAt ?? now)) / 1000;
    if (blindSeconds > MAX_BLIND_SECONDS && (status.weight ?? 0) >= BLIND_ROLLBACK_WEIGHT) return rollBack(`No metrics for ${Math.round(blindSeconds)} s with ${status.weight} % on the canary.`);
    return move('Holding', {}, 'The metrics cannot be read; holding the weight.');
  }
  const judged = { checks: judgement.checks, tests: judgement.tests };
  const bad = judgement.checks.find((c) => c.verdict === 'worse');
  if (bad !== undefined) return { ...rollBack(bad.message), ...judged };
  const with_ = (next: CanaryRolloutStatus): CanaryRolloutStatus => ({ ...next, ...judged });
  if (request?.action === 'advance') return with_(nextStep(spec, status, move, now, `${nameOf(request.actor)} advanced the rollout.`, request.actor));
  if (spec.paused === true) return with_(move('Paused', {}, 'Paused; the canary is still judged and taken back if it is worse.'));
  const hold = judgement.checks.find((c) => c.verdict === 'hold');
  if (hold !== undefined) return with_(move('Holding', {}, hold.message));

  const baking = (status.weight ?? 0) >= 100;
  const active: RolloutPhase = baking ? 'Baking' : 'Progressing';
  // Time that was spent paused is no time at this step: neither its least nor its longest.
  if (phase === 'Paused') return with_(move(active, { stepStartedAt: now }, `Resumed at ${status.weight ?? 0} %; the step begins anew.`));
  // A crash between the decision and its write: the time until the write is no time at this step.
  if (seen.routeWeight !== status.weight) return with_(move(active, { stepStartedAt: now }, `Setting the route to ${status.weight} %.`));
  const step = spec.steps[status.step ?? 0];
  const inStepSeconds = (nowMs - Date.parse(status.stepStartedAt ?? now)) / 1000;
  const minSeconds = step?.minSeconds ?? 0;
  if (inStepSeconds < minSeconds) return with_(move(active, {}, `At ${status.weight} % for another ${Math.ceil(minSeconds - inStepSeconds)} s at least.`));
  // At 100 % stable serves nothing to compare with: time without a "worse" is the evidence there.
  if (judgement.verdict === 'ok' || baking) return with_(nextStep(spec, status, move, now, 'Every check is fine.'));
  const waiting = judgement.checks.find((c) => c.verdict === judgement.verdict)?.message ?? 'Not decided yet.';
  if (inStepSeconds >= (step?.maxSeconds ?? minSeconds * 10)) {
    if (spec.analysis.onInconclusive === 'abort') return with_(rollBack(`No verdict in time. ${waiting}`));
    if (spec.analysis.onInconclusive === 'promote') return with_(nextStep(spec, status, move, now, `No verdict in time; going on as the rollout says. ${waiting}`));
    return with_(move('Holding', {}, `No verdict in time; holding until somebody decides. ${waiting}`));
  }
  return with_(move(active, {}, waiting));
}

function nextStep(spec: CanaryRolloutSpec, status: CanaryRolloutStatus, move: Move, now: string, why: string, actor?: string): CanaryRolloutStatus {
  const index = (status.step ?? 0) + 1;
  const next = spec.steps[index];
  if (next !== undefined) {
    const to = next.weight >= 100 ? 'Baking' : 'Progressing';
    return move(to, { step: index, weight: next.weight, stepStartedAt: now }, `${why} Step ${index + 1} of ${spec.steps.length}: ${next.weight} % to the canary.`, actor);
  }
  if ((status.weight ?? 0) < 100) return move('Baking', { weight: 100, stepStartedAt: now }, `${why} All traffic to the canary.`, actor);
  return move('Promoted', { weight: 100 }, `${why} The canary is promoted.`, actor);
}

function stepFor(spec: CanaryRolloutSpec, weight: number): number {
  const index = spec.steps.findLastIndex((s) => s.weight <= weight);
  return Math.max(0, index);
}

/** `user:captain` as people say it. */
function nameOf(actor: string): string {
  return actor.slice(actor.indexOf(':') + 1);
}
