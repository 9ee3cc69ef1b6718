import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CanaryRolloutSpec, CanaryRolloutStatus } from '#mesh-core/domain/resources/canary-rollout.ts';
import { stepStates } from './step-states.ts';

const spec = { steps: [10, 50, 100].map((weight) => ({ weight, minSeconds: 1 })) } as unknown as CanaryRolloutSpec;
const cases: readonly (readonly [string, CanaryRolloutStatus, readonly string[]])[] = [
  ['not begun', {}, ['ahead', 'ahead', 'ahead']],
  ['in the middle', { phase: 'Progressing', step: 1 }, ['done', 'now', 'ahead']],
  ['promoted', { phase: 'Promoted', step: 2 }, ['done', 'done', 'done']],
  ['rolled back in the middle', { phase: 'RolledBack', step: 1 }, ['done', 'left', 'left']],
];
for (const [what, status, expected] of cases) test(`steps of a rollout that is ${what}`, () => assert.deepEqual(stepStates(spec, status), expected));
