import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeTransportFailure } from './transport-failure.ts';

const ROWS: readonly (readonly [code: string, expected: string])[] = [
  ['ECONNREFUSED', 'delayed connect error: Connection refused'],
  ['EHOSTUNREACH', 'delayed connect error: No route to host'],
  ['ECONNRESET', ''],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: the message:TLS_error_end'],
  ['ERR_PEER_REFUSED', 'TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: verify SAN list: the message:TLS_error_end'],
  ['EODD', 'the message'],
];
for (const [code, expected] of ROWS) {
  test(`${code} is told as "${expected}"`, () => assert.equal(describeTransportFailure(Object.assign(new Error('the message'), { code })), expected));
}
