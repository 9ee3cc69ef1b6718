import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseStep } from './step-choice.ts';

const hour = { fromMs: 1_700_000_000_000, toMs: 1_700_003_600_000 };

test('chooses a round step of at most 240 points', () => {
  assert.deepEqual(chooseStep(hour, ''), { range: { from: 1_699_999_995, to: 1_700_003_595, step: 15 }, auto: true });
});

test('takes the step that is given, a fraction of the range or most of it', () => {
  assert.equal(chooseStep(hour, ' 1s ').range.step, 1);
  const long = chooseStep(hour, '30m');
  assert.deepEqual([long.auto, long.range.step, long.range.to - long.range.from], [false, 1800, 3600]);
});

for (const [given, why] of [['fast', /not a duration/], ['0s', /not a duration/], ['-1m', /not a duration/]] as const) {
  test(`says why ${given} is no step and uses its own`, () => {
    const choice = chooseStep(hour, given);
    assert.match(choice.problem ?? '', why);
    assert.deepEqual([choice.auto, choice.range.step], [true, 15]);
  });
}

test('a step with more points than Prometheus answers names the least that fits', () => {
  assert.match(chooseStep({ fromMs: 0, toMs: 86_400_000 }, '1s').problem ?? '', /take 8s or more/);
});
