import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { cutAt } from '../../testing/serve-bytes.ts';
import { HeadReader } from './head-reader.ts';
import { FieldWriter } from './write-head.ts';

/** Few names and values, so that heads resemble those before them as they do on a kept connection. */
const FIELDS = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'X-Long', 'x-long', 'Aa'), fc.constantFrom('', '1', '2', '11', 'a longer value, of which parts are kept', 'a longer value, of which parts are not')), { selector: ([name]) => name.toLowerCase(), maxLength: 5 });
const PLACES = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
const lowerCased = (fields: readonly (readonly [string, string])[]): Record<string, string> => Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]));

test('a reader that remembers heads reads each one as a new reader would, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(FIELDS, { maxLength: 12 }), PLACES, (heads, places) => {
      const reader = new HeadReader(() => {});
      const bytes = Buffer.from(heads.map((fields) => `GET / HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`).join(''), 'latin1');
      const read: Record<string, unknown>[] = [];
      for (const piece of cutAt(bytes, places)) {
        for (let at = 0; at < piece.length; ) {
          at = reader.read(piece, at);
          if (at < 0) break;
          read.push({ ...reader.headers });
          reader.reset();
        }
      }
      assert.deepEqual(read, heads.map(lowerCased));
    }),
    { interruptAfterTimeLimit: 1000, numRuns: 500 },
  );
});
test('a line that is like the one before but for its end is not taken for it', () => {
  const reader = new HeadReader(() => {});
  const heads = ['a: 1\r\n', 'a: 12\r\n', 'a: 1\r\nb: 2\r\n', 'a:1\r\n', 'A: 1\r\n', 'aa: 1\r\n', 'a: 1\r\na: 2\r\n'];
  const seen = heads.map((fields) => {
    reader.read(Buffer.from(`GET / HTTP/1.1\r\n${fields}\r\n`), 0);
    const headers = { ...reader.headers };
    reader.reset();
    return headers;
  });
  assert.deepEqual(seen, [{ a: '1' }, { a: '12' }, { a: '1', b: '2' }, { a: '1' }, { a: '1' }, { aa: '1' }, { a: '1,2' }]);
});
test('a value that could not be read the first time cannot be read later', () => {
  const reader = new HeadReader(() => {});
  const head = Buffer.from('GET / HTTP/1.1\r\na: \x01\r\n\r\n');
  for (let i = 0; i < 3; i++) {
    assert.throws(() => reader.read(head, 0), /control character/);
    reader.reset();
  }
});
test('what is written is what a writer without memory writes, and what is read back', () => {
  fc.assert(
    fc.property(fc.array(FIELDS, { maxLength: 12 }), (heads) => {
      const writer = new FieldWriter();
      for (const fields of heads) {
        const headers = lowerCased(fields);
        const text = writer.write(headers);
        assert.equal(text, new FieldWriter().write(headers));
        const reader = new HeadReader(() => {});
        reader.read(Buffer.from(`GET / HTTP/1.1\r\n${text}\r\n`, 'latin1'), 0);
        assert.deepEqual({ ...reader.headers }, headers);
      }
    }),
    { interruptAfterTimeLimit: 1000, numRuns: 300 },
  );
});
