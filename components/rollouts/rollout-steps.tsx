import { Check } from 'lucide-react';
import { cx } from '#components/ui/class-names.ts';
import type { CanaryRolloutSpec, CanaryRolloutStatus } from '#mesh-core/domain/resources/canary-rollout.ts';
import { stepStates } from './step-states.ts';

/** Where the rollout is among its steps. */
export function RolloutSteps({ spec, status }: { readonly spec: CanaryRolloutSpec; readonly status: CanaryRolloutStatus }) {
  return (
    <ol className="flex flex-wrap items-stretch gap-1" aria-label="Steps">
      {stepStates(spec, status).map((state, index) => {
        const step = spec.steps[index];
        return (
          <li
            key={index}
            aria-current={state === 'now' ? 'step' : undefined}
            className={cx('flex min-w-20 flex-1 flex-col rounded-control border px-2 py-1', state === 'now' ? 'border-progressing-border bg-progressing-bg' : 'border-line', state === 'ahead' && 'text-fg-tertiary')}
          >
            <span className="flex items-center gap-1 text-section font-semibold tabular-nums">
              {step?.weight} %{state === 'done' && <Check className="size-3.5 text-fg-secondary" aria-label="done" />}
            </span>
            <span className="text-label text-fg-tertiary">{state === 'now' ? 'now' : `${step?.minSeconds ?? 0} s at least`}</span>
          </li>
        );
      })}
    </ol>
  );
}
