import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitText } from './paint-flame.ts';

const wide = (text: string): number => text.length * 10;

test('a label is cut where its box ends, and says so', () => {
  assert.equal(fitText('checkout', 80, wide), 'checkout');
  assert.equal(fitText('checkout', 79, wide), 'checko…');
  assert.equal(fitText('cart add', 60, wide), 'cart…');
  assert.equal(fitText('checkout', 20, wide), 'c…');
  assert.equal(fitText('checkout', 15, wide), '');
  assert.equal(fitText('', 0, wide), '');
});
