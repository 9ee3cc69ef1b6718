import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { ServerError } from '#server/server-error.ts';
import { CallFailure, statusOf } from './call-failure.ts';

for (const [error, code, details] of [
  [new ServerError('forbidden', 'No.', { hint: 'Ask.' }), status.PERMISSION_DENIED, 'No. Ask.'],
  [new ServerError('unauthenticated', 'Who?'), status.UNAUTHENTICATED, 'Who?'],
  [new ServerError('overloaded', 'Later.'), status.UNAVAILABLE, 'Later.'],
  [new ServerError('timeout', 'Slow.'), status.DEADLINE_EXCEEDED, 'Slow.'],
  [new CallFailure(status.UNIMPLEMENTED, 'Never.'), status.UNIMPLEMENTED, 'Never.'],
] as const) {
  test(`"${details}" is told as ${status[code]}`, () => assert.deepEqual(statusOf(error), { code, details }));
}

test('what nobody meant has no status of its own', () => assert.equal(statusOf(new TypeError('secret')), undefined));
