import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { fc } from '#mesh-core/testing/property.ts';

import { sha256Hex } from './sha256.ts';

test('gives what Node gives, at every length around a block too', () => {
  for (let length = 0; length <= 130; length += 1) assert.equal(sha256Hex('a'.repeat(length)), createHash('sha256').update('a'.repeat(length)).digest('hex'));
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => sha256Hex(text) === createHash('sha256').update(text).digest('hex')), { interruptAfterTimeLimit: 500 });
});
