import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendPieces, serveBytes } from '../../testing/serve-bytes.ts';

interface Case {
  readonly name: string;
  /** As it is sent; `\n` stands for itself. */
  readonly bytes: string;
  /** The status of the answer, after which the connection is closed. */
  readonly status: number;
}
const get = (fields: string, line = 'GET / HTTP/1.1'): string => `${line}\r\n${fields}\r\n`;
const post = (fields: string, body = ''): string => `POST / HTTP/1.1\r\nHost: web\r\n${fields}\r\n${body}`;
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n';

const REFUSED: readonly Case[] = [
  { name: 'conflicting Content-Lengths', bytes: post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!'), status: 400 },
  { name: 'a repeated Content-Length', bytes: post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), status: 400 },
  { name: 'a list of Content-Lengths', bytes: post('Content-Length: 5, 5\r\n', 'hello'), status: 400 },
  { name: 'a signed Content-Length', bytes: post('Content-Length: +5\r\n', 'hello'), status: 400 },
  { name: 'a negative Content-Length', bytes: post('Content-Length: -1\r\n', 'hello'), status: 400 },
  { name: 'a Content-Length in hex', bytes: post('Content-Length: 0x5\r\n', 'hello'), status: 400 },
  { name: 'a Content-Length with a blank in it', bytes: post('Content-Length: 1 0\r\n', 'hello'), status: 400 },
  { name: 'an empty Content-Length', bytes: post('Content-Length: \r\n', 'hello'), status: 400 },
  { name: 'a Content-Length past all numbers', bytes: post('Content-Length: 99999999999999999999\r\n', 'hello'), status: 400 },
  { name: 'Content-Length and Transfer-Encoding', bytes: post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`), status: 400 },
  { name: 'Transfer-Encoding and Content-Length', bytes: post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${smuggled}`), status: 400 },
  { name: 'chunked that is not last', bytes: post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'), status: 400 },
  { name: 'chunked twice', bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), status: 400 },
  { name: 'a coding without chunked', bytes: post('Transfer-Encoding: gzip\r\n', 'x'), status: 400 },
  { name: 'identity', bytes: post('Transfer-Encoding: identity\r\n', 'x'), status: 400 },
  { name: 'a coding that looks like chunked', bytes: post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), status: 400 },
  { name: 'chunked with a vertical tab', bytes: post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'), status: 400 },
  { name: 'an unknown coding before chunked', bytes: post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), status: 501 },
  { name: 'a transfer coding in HTTP/1.0', bytes: 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', status: 400 },
  { name: 'a bare line feed after the request line', bytes: 'GET / HTTP/1.1\nHost: web\r\n\r\n', status: 400 },
  { name: 'a bare line feed after a field', bytes: get('Host: web\nX: y\r\n'), status: 400 },
  { name: 'a bare line feed as the empty line', bytes: 'GET / HTTP/1.1\r\nHost: web\r\n\n', status: 400 },
  { name: 'a bare carriage return in a value', bytes: get('Host: web\r\nX: a\rb\r\n'), status: 400 },
  { name: 'a folded field', bytes: get('Host: web\r\nX: a\r\n b\r\n'), status: 400 },
  { name: 'a field folded by a tab', bytes: get('Host: web\r\nX: a\r\n\tb\r\n'), status: 400 },
  { name: 'a space before the first field', bytes: get(' Host: web\r\n'), status: 400 },
  { name: 'a space before the colon', bytes: get('Host : web\r\n'), status: 400 },
  { name: 'a space before the colon of Transfer-Encoding', bytes: post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'), status: 400 },
  { name: 'a field without colon', bytes: get('Host: web\r\nnonsense\r\n'), status: 400 },
  { name: 'a field without name', bytes: get('Host: web\r\n: value\r\n'), status: 400 },
  { name: 'a name that is no token', bytes: get('Host: web\r\nX(y): z\r\n'), status: 400 },
  { name: 'a name beyond ASCII', bytes: get('Host: web\r\nX\xe9: z\r\n'), status: 400 },
  { name: 'NUL in a name', bytes: get('Host: web\r\nX\0: z\r\n'), status: 400 },
  { name: 'NUL in a value', bytes: get('Host: web\r\nX: a\0b\r\n'), status: 400 },
  { name: 'DEL in a value', bytes: get('Host: web\r\nX: a\x7fb\r\n'), status: 400 },
  { name: 'two Hosts', bytes: get('Host: web\r\nHost: other\r\n'), status: 400 },
  { name: 'two Hosts alike', bytes: get('Host: web\r\nHost: web\r\n'), status: 400 },
  { name: 'no Host', bytes: get(''), status: 400 },
  { name: 'a Host with a path', bytes: get('Host: web/admin\r\n'), status: 400 },
  { name: 'a Host with a blank', bytes: get('Host: web other\r\n'), status: 400 },
  { name: 'a Host list', bytes: get('Host: web@other#x\r\n'), status: 400 },
  { name: 'a chunk size that is no number', bytes: post('Transfer-Encoding: chunked\r\n', 'x\r\n'), status: 400 },
  { name: 'a chunk size with a sign', bytes: post('Transfer-Encoding: chunked\r\n', '+5\r\nhello\r\n0\r\n\r\n'), status: 400 },
  { name: 'a chunk size with 0x', bytes: post('Transfer-Encoding: chunked\r\n', '0x5\r\nhello\r\n0\r\n\r\n'), status: 400 },
  { name: 'a chunk size that overflows', bytes: post('Transfer-Encoding: chunked\r\n', 'ffffffffffffffff1\r\nhello\r\n0\r\n\r\n'), status: 400 },
  { name: 'a chunk size line that ends with a bare line feed', bytes: post('Transfer-Encoding: chunked\r\n', '5\nhello\r\n0\r\n\r\n'), status: 400 },
  { name: 'a chunk longer than its size', bytes: post('Transfer-Encoding: chunked\r\n', '3\r\nhello\r\n0\r\n\r\n'), status: 400 },
  { name: 'a chunk that ends with a bare line feed', bytes: post('Transfer-Encoding: chunked\r\n', '5\r\nhello\n0\r\n\r\n'), status: 400 },
  { name: 'an endless chunk extension', bytes: post('Transfer-Encoding: chunked\r\n', `5;${'x'.repeat(5000)}`), status: 400 },
  { name: 'a control character in a chunk extension', bytes: post('Transfer-Encoding: chunked\r\n', '5;a\0\r\nhello\r\n0\r\n\r\n'), status: 400 },
  { name: 'a carriage return in a chunk extension', bytes: post('Transfer-Encoding: chunked\r\n', '5;a\rb\r\nhello\r\n0\r\n\r\n'), status: 400 },
  { name: 'a malformed trailer', bytes: post('Transfer-Encoding: chunked\r\n', '0\r\nno colon\r\n\r\n'), status: 400 },
  { name: 'a request line without version', bytes: 'GET /\r\nHost: web\r\n\r\n', status: 400 },
  { name: 'a request line with two spaces', bytes: get('Host: web\r\n', 'GET  / HTTP/1.1'), status: 400 },
  { name: 'a request line with a tab', bytes: get('Host: web\r\n', 'GET\t/ HTTP/1.1'), status: 400 },
  { name: 'a request line with something after the version', bytes: get('Host: web\r\n', 'GET / HTTP/1.1 x'), status: 400 },
  { name: 'a version that does not exist', bytes: get('Host: web\r\n', 'GET / HTTP/1.2'), status: 400 },
  { name: 'a version of its own', bytes: get('Host: web\r\n', 'GET / HTTP/2.0'), status: 400 },
  { name: 'a version in lower case', bytes: get('Host: web\r\n', 'GET / http/1.1'), status: 400 },
  { name: 'a method that is no token', bytes: get('Host: web\r\n', 'G(T / HTTP/1.1'), status: 400 },
  { name: 'a target beyond ASCII', bytes: get('Host: web\r\n', 'GET /\xe9 HTTP/1.1'), status: 400 },
  { name: 'NUL in the target', bytes: get('Host: web\r\n', 'GET /\0 HTTP/1.1'), status: 400 },
  { name: 'a target that is none', bytes: get('Host: web\r\n', 'GET web HTTP/1.1'), status: 400 },
  { name: 'a head of 64 KiB', bytes: get(`Host: web\r\nX: ${'x'.repeat(64 * 1024)}\r\n`), status: 431 },
  { name: 'a head of 64 KiB without any line', bytes: 'x'.repeat(64 * 1024), status: 431 },
  { name: 'a request line of 64 KiB', bytes: get('Host: web\r\n', `GET /${'x'.repeat(64 * 1024)} HTTP/1.1`), status: 431 },
  { name: '101 fields', bytes: get(`Host: web\r\n${'X: y\r\n'.repeat(100)}`), status: 431 },
  { name: '101 trailers', bytes: post('Transfer-Encoding: chunked\r\n', `0\r\n${'X: y\r\n'.repeat(101)}\r\n`), status: 431 },
  { name: 'CONNECT where there is no forward proxy', bytes: get('Host: web:443\r\n', 'CONNECT web:443 HTTP/1.1'), status: 405 },
];

for (const { name, bytes, status } of REFUSED) {
  test(`${name}: ${status}, closed, nothing forwarded`, async () => {
    const served = serveBytes();
    await sendPieces(served, [bytes, smuggled]);
    const answers = served.text().match(/HTTP\/1\.1 \d+/g) ?? [];
    assert.deepEqual(answers, [`HTTP/1.1 ${status}`], served.text());
    assert.equal(served.closed(), true, 'closed');
    assert.deepEqual(served.seen, []);
  });
}

test('a refusal says its reason phrase and that the connection closes', async () => {
  const served = serveBytes();
  await sendPieces(served, [get('')]);
  assert.equal(served.text(), 'HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\nBad Request');
});

const TAKEN: readonly { readonly name: string; readonly bytes: string; readonly expected: object }[] = [
  { name: 'absolute form wins over Host', bytes: get('Host: other\r\n', 'GET http://web/a?b HTTP/1.1'), expected: { path: '/a?b', authority: 'web' } },
  { name: 'header names with underscores are let through', bytes: get('Host: web\r\nx_y: 1\r\n'), expected: { headers: { host: 'web', x_y: '1' } } },
  { name: 'names lose their case, values their outer blanks', bytes: get('hOST:web\r\nX-Y: \t a b \t\r\n'), expected: { headers: { host: 'web', 'x-y': 'a b' } } },
  { name: 'an empty value is a value', bytes: get('Host: web\r\nX:\r\n'), expected: { headers: { host: 'web', x: '' } } },
  { name: 'repeated fields are joined, cookies by a semicolon', bytes: get('Host: web\r\nX: a\r\nX: b\r\nCookie: a=1\r\nCookie: b=2\r\n'), expected: { headers: { host: 'web', x: 'a,b', cookie: 'a=1; b=2' } } },
  { name: 'names of JavaScript objects are names', bytes: get('Host: web\r\n__proto__: a\r\nconstructor: b\r\n'), expected: { headers: Object.fromEntries([['host', 'web'], ['__proto__', 'a'], ['constructor', 'b']]) } },
  { name: 'chunk extensions are passed over', bytes: post('Transfer-Encoding: Chunked\r\n', '5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n'), expected: { body: 'hello', trailers: {} } },
  { name: 'trailers are kept, but for those that frame', bytes: post('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\nHost: evil\r\n\r\n'), expected: { body: 'hello', trailers: { 'x-sum': '1' } } },
  { name: 'empty lines before a request are passed over', bytes: `\r\n\r\n${get('Host: web\r\n')}`, expected: { path: '/' } },
  { name: 'a body that looks like a request is a body', bytes: post(`Content-Length: ${smuggled.length}\r\n`, smuggled), expected: { body: smuggled } },
  { name: 'HTTP/1.0 needs no Host', bytes: 'GET / HTTP/1.0\r\n\r\n', expected: { authority: '' } },
];
for (const { name, bytes, expected } of TAKEN) {
  test(name, async () => {
    const served = serveBytes();
    await sendPieces(served, [bytes]);
    const [seen] = served.seen;
    assert.equal(served.seen.length, 1, served.text());
    const { 'x-request-id': _id, ...headers } = seen!.headers;
    for (const [key, value] of Object.entries(expected)) {
      const actual: unknown = key === 'headers' ? headers : seen?.[key as keyof typeof seen];
      assert.deepEqual(actual, value, key);
    }
  });
}
