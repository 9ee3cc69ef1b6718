import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { checkTraceQl } from './check.ts';
import { parseTraceQl } from './parse.ts';
import { printTraceQl } from './print.ts';
import { stripPositions } from './strip-positions.ts';
import { anyQuery } from './testing/arbitrary-query.ts';
import { tokenize } from './tokens.ts';

test('what is printed is read as the same query', () => {
  fc.assert(
    fc.property(anyQuery, (query) => {
      const text = printTraceQl(query);
      const parsed = parseTraceQl(text);
      assert.ok(parsed.ok, `${text}: ${parsed.ok ? '' : parsed.fault.message}`);
      assert.deepEqual(stripPositions(parsed.query), query, text);
      checkTraceQl(parsed.query, 'search');
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 2000 },
  );
});

test('any text is read or refused with a place in it, and its tokens are in order', () => {
  const piece = fc.constantFrom('{', '}', '(', ')', '|', '&&', '!', '-', '.a', 'span.', 'parent.', 'name', 'by', 'rate()', 'count()', '"', '`', '\\', '1h', '.5', '=~', '>', 'with', 'compare(', ',', ' ', '/*', '//', '\u{1f600}', '\ud800', 'nil', '9'.repeat(50));
  fc.assert(
    fc.property(fc.oneof(fc.array(piece, { maxLength: 14 }).map((p) => p.join('')), fc.string({ unit: 'binary' })), (text) => {
      const parsed = parseTraceQl(text);
      if (!parsed.ok) assert.ok(parsed.fault.from >= 0 && parsed.fault.from <= parsed.fault.to && parsed.fault.to <= text.length && parsed.fault.message !== '');
      let at = 0;
      for (const token of tokenize(text)) {
        assert.ok(token.from >= at && token.to >= token.from);
        at = token.to;
      }
    }),
    { numRuns: 5000, interruptAfterTimeLimit: 1500 },
  );
});
