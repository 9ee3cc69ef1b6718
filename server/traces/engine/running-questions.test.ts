import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningQuestions } from './running-questions.ts';

/** A clock on which no time passes. */
const stopped = { after: () => () => undefined };

/** A question whose answer comes when it is told to, and that keeps what became of it. */
function slow() {
  const asked: AbortSignal[] = [];
  let finish: (answer: string) => void = () => undefined;
  const answer = (signal: AbortSignal): Promise<string> => {
    asked.push(signal);
    return new Promise((resolve, reject) => {
      finish = resolve;
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  };
  return { asked, answer, finish: (text: string) => finish(text) };
}

test('the same question asked twice at once is answered by one run, later by another', async () => {
  const running = new RunningQuestions({ timeoutMs: 10_000, clock: stopped });
  const { asked, answer, finish } = slow();
  const both = [running.ask('search', { limit: 1n }, undefined, answer), running.ask('search', { limit: 1n }, new AbortController().signal, answer)];
  assert.equal(asked.length, 1);
  finish('found');
  assert.deepEqual(await Promise.all(both), ['found', 'found']);
  const again = running.ask('search', { limit: 1n }, undefined, answer);
  finish('found again');
  assert.deepEqual([await again, asked.length], ['found again', 2]);
});

test('another request is another run', async () => {
  const running = new RunningQuestions({ timeoutMs: 10_000, clock: stopped });
  const answers = await Promise.all([1, 2].map((n) => running.ask('search', { n }, undefined, async () => n)));
  assert.deepEqual(answers, [1, 2]);
});

test('who leaves is let go at once; the run goes on for the others and ends with the last', async () => {
  const running = new RunningQuestions({ timeoutMs: 10_000, clock: stopped });
  const { asked, answer } = slow();
  const [first, second] = [new AbortController(), new AbortController()];
  const one = running.ask('q', {}, first.signal, answer);
  const two = running.ask('q', {}, second.signal, answer);
  first.abort(new Error('left'));
  await assert.rejects(one, /left/);
  assert.equal(asked[0]?.aborted, false);
  second.abort(new Error('left too'));
  await assert.rejects(two, /left too/);
  assert.equal(asked[0]?.aborted, true);
  const { answer: next, finish } = slow();
  const third = running.ask('q', {}, undefined, next);
  finish('new');
  assert.equal(await third, 'new');
});

test('what takes too long is given up with advice', async () => {
  const timers: { readonly ms: number; readonly fire: () => void }[] = [];
  const clock = { after: (ms: number, fire: () => void) => (timers.push({ ms, fire }), () => undefined) };
  const running = new RunningQuestions({ timeoutMs: 20_000, clock });
  const { asked, answer } = slow();
  const asking = running.ask('q', {}, undefined, answer);
  assert.deepEqual(timers.map((t) => t.ms), [20_000]);
  timers[0]?.fire();
  await assert.rejects(asking, { code: 'timeout', message: /within 20 s/, hint: /shorter time range/ });
  assert.equal(asked[0]?.aborted, true);
});

test('a failure reaches everybody, and the next one asks anew', async () => {
  const running = new RunningQuestions({ timeoutMs: 10_000, clock: stopped });
  let calls = 0;
  const fail = async (): Promise<never> => {
    calls += 1;
    throw new Error('damaged');
  };
  const both = await Promise.allSettled([running.ask('q', {}, undefined, fail), running.ask('q', {}, undefined, fail)]);
  assert.deepEqual(both.map((r) => r.status), ['rejected', 'rejected']);
  assert.equal(calls, 1);
  await assert.rejects(running.ask('q', {}, undefined, fail), /damaged/);
  assert.equal(calls, 2);
});
