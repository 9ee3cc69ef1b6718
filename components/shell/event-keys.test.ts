import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readServerEvent } from './event-keys.ts';

test('a server event is read, anything else is ignored', () => {
  assert.deepEqual(readServerEvent('{"kind":"scraped","at":1,"up":2,"down":0}'), { kind: 'scraped', at: 1, up: 2, down: 0 });
  for (const bad of ['', '{', 'null', '7', '{"kind":"toString"}', '{"kind":"newer-than-this-page"}']) assert.equal(readServerEvent(bad), undefined, bad);
});
