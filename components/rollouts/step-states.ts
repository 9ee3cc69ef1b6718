import type { CanaryRolloutSpec, CanaryRolloutStatus } from '#mesh-core/domain/resources/canary-rollout.ts';

export type StepState = 'done' | 'now' | 'ahead' | 'left';

/** Each step's place in the rollout: done, the present one, still ahead, or never reached because it ended before. */
export function stepStates(spec: CanaryRolloutSpec, status: CanaryRolloutStatus): StepState[] {
  const { phase, step } = status;
  const ended = phase === 'RolledBack' || phase === 'RollingBack' || phase === 'Stuck';
  return spec.steps.map((_, index) => {
    if (phase === 'Promoted' || (step !== undefined && index < step)) return 'done';
    if (index === step) return ended ? 'left' : 'now';
    return ended ? 'left' : 'ahead';
  });
}
