import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { ResponseError, ResponseReader } from './response-reader.ts';

interface Read {
  readonly status: number | undefined;
  readonly keepAlive: boolean | undefined;
  readonly body: string;
  readonly ended: boolean;
}

/** Reads an answer in pieces of the given size, then closes. */
function readAll(answer: string, pieceSize = Infinity, close = true): Read {
  const bytes = Buffer.from(answer, 'latin1');
  let status: number | undefined;
  let keepAlive: boolean | undefined;
  let body = '';
  let ended = false;
  const reader = new ResponseReader({
    onHead: (head) => {
      status = head.status;
      keepAlive = head.keepAlive;
    },
    onBody: (piece) => void (body += piece.toString('latin1')),
    onEnd: () => void (ended = true),
  });
  for (let at = 0; at < bytes.length; at += pieceSize) reader.read(bytes.subarray(at, Math.min(bytes.length, at + pieceSize)));
  if (close) reader.close();
  return { status, keepAlive, body, ended };
}

test('answers of every kind, whatever pieces they come in', () => {
  const rows: readonly [what: string, answer: string, expected: Read][] = [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { status: 200, keepAlive: true, body: 'hello', ended: true }],
    ['a length of nothing', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { status: 200, keepAlive: true, body: '', ended: true }],
    ['the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx', { status: 200, keepAlive: true, body: 'x', ended: true }],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n', { status: 200, keepAlive: true, body: 'abc0123456789', ended: true }],
    ['until the connection ends', 'HTTP/1.1 200 OK\r\n\r\nall of it', { status: 200, keepAlive: false, body: 'all of it', ended: true }],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', { status: 200, keepAlive: false, body: 'x', ended: true }],
    ['HTTP/1.0 that stays', 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx', { status: 200, keepAlive: true, body: 'x', ended: true }],
    ['one that closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx', { status: 200, keepAlive: false, body: 'x', ended: true }],
    ['an interim answer before', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno', { status: 404, keepAlive: true, body: 'no', ended: true }],
    ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, keepAlive: true, body: '', ended: true }],
    ['line breaks without carriage returns', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nab', { status: 200, keepAlive: true, body: 'ab', ended: true }],
  ];
  for (const [what, answer, expected] of rows) for (const size of [1, 2, 7, Infinity]) assert.deepEqual(readAll(answer, size), expected, `${what} in pieces of ${size}`);
});

test('what is no answer, or may be two, is refused with the reason', () => {
  const rows: readonly [answer: string, reason: RegExp][] = [
    ['<html></html>\r\n\r\n', /does not speak HTTP/],
    ['HTTP/2 200\r\n\r\n', /does not speak HTTP/],
    ['HTTP/1.1 200 OK\r\nno header\r\n\r\n', /no header/],
    ['HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n', /no header/],
    ['HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello', /no header/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', /Content-Length/],
    ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', /Content-Length/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', /in doubt/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', /in doubt/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', /without a size/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n', /longer than its size/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab', /more than its answer/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', /before its answer was complete/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n', /before its answer was complete/],
    ['HTTP/1.1 200 OK\r\n', /before its answer was complete/],
    ['', /before its answer was complete/],
    [`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`, /without end/],
    [`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(20_000)}`, /no end/],
  ];
  for (const [answer, reason] of rows) assert.throws(() => readAll(answer), (error) => error instanceof ResponseError && reason.test(error.message), answer.slice(0, 80));
});

test('whatever the bytes are, they are read the same in any pieces, or refused', () => {
  const piece = fc.constantFrom('HTTP/1.1 200 OK\r\n', 'HTTP/1.0 500 x\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Connection: close\r\n', '\r\n', '\n', '3\r\nabc\r\n', '0\r\n', 'abc', ' ', ':', 'A');
  const outcome = (answer: string, size: number): Read | string => {
    try {
      return readAll(answer, size);
    } catch (error) {
      assert.ok(error instanceof ResponseError, String(error));
      return error.message;
    }
  };
  fc.assert(
    fc.property(fc.oneof(fc.array(piece, { maxLength: 12 }).map((all) => all.join('')), fc.string({ unit: 'binary-ascii', maxLength: 60 })), fc.integer({ min: 1, max: 9 }), (answer, size) => {
      assert.deepEqual(outcome(answer, size), outcome(answer, Infinity));
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 1500 },
  );
});
