import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceText, differenceText } from './difference-text.ts';

test('a difference is told with its sign, its unit and its share of what was before', () => {
  assert.deepEqual(differenceText(10, 14.5, 'ms'), { text: '+4.5\u2009ms', share: '+45\u2009%', direction: 'more' });
  assert.deepEqual(differenceText(8, 2, 'count'), { text: '−6', share: '−75\u2009%', direction: 'less' });
  assert.deepEqual(differenceText(0, 3, 'count'), { text: '+3', share: '', direction: 'more' });
});

test('what differs by less than a thousandth does not differ', () => {
  assert.deepEqual(differenceText(1000, 1000.5, 'ms'), { text: '±0', share: '', direction: 'same' });
  assert.equal(differenceText(0, 0, 'ms').direction, 'same');
});

test('chances below a thousandth are told as such', () => {
  assert.deepEqual([chanceText(0.00002), chanceText(0.0421), chanceText(1)], ['p < 0.001', 'p = 0.0421', 'p = 1']);
});
