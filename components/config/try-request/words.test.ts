import assert from 'node:assert/strict';
import test from 'node:test';
import type { ClientOutcome } from '#mesh-core/domain/decide/client-outcomes.ts';
import { outcomeStatus, outcomeTitle, ruleVerdict, shareText } from './words.ts';

const outcome = (more: Partial<ClientOutcome>): ClientOutcome => ({ share: 1, by: 'proxy', at: 'caller', because: '', unless: [], ...more });

const TITLES: readonly (readonly [more: Partial<ClientOutcome>, title: string, status: string])[] = [
  [{ status: 403 }, '403 Forbidden', 'failing'],
  [{ status: 418 }, '418', 'failing'],
  [{ status: 301 }, '301 Moved Permanently', 'healthy'],
  [{ by: 'closed' }, 'Connection closed, no answer', 'failing'],
  [{ by: 'app', reached: 'shop/ui-v1' }, 'Answered by shop/ui-v1', 'healthy'],
  [{ by: 'app', reached: 'shop/ui-v1', unless: [{ status: 403, when: 'x' }] }, 'Answered by shop/ui-v1', 'degraded'],
  [{ by: 'app', reached: 'shop/ui-v1', unless: [{ status: 504, flag: 'UT', when: 'x' }] }, 'Answered by shop/ui-v1', 'healthy'],
  [{ by: 'outside', reached: 'bank.example.com' }, 'Answered outside the mesh by bank.example.com', 'healthy'],
];
for (const [more, title, status] of TITLES) {
  test(`a result in words: ${title} (${status})`, () => assert.deepEqual([outcomeTitle(outcome(more)), outcomeStatus(outcome(more))], [title, status]));
}

test('shares have three digits and no needless ones', () => {
  assert.deepEqual([0.8, 1, 1 / 3, 0.00125].map(shareText), ['80 %', '100 %', '33.3 %', '0.125 %']);
});
test('a rule that does not match says which fact is another', () => {
  assert.deepEqual([ruleVerdict({ applies: 'no', because: ['method'] }).why, ruleVerdict({ applies: 'no', because: [] }).why, ruleVerdict({ applies: 'depends', because: ['sourceIp'] }).why], ['the method is another', 'several conditions fail', "on the caller's address"]);
});
