import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { formatExpr } from './format-expr.ts';
import { parsePromql } from './parse.ts';

const PIECES = [
  'sum', 'rate', 'x', 'up', '(', ')', '{', '}', '[5m]', '[5m:', ']', '[', '"a"', "'b'", '`c`', '=~', '=', '!=', ',', ' ', '\n', '@', ' offset ', '5m', '1h30m', '1', '2.', '0x1f', '1e9', 'Inf', 'NaN', '-', '+', '*', '/', '^', '%', '==', '> bool ',
  '</', '>/', ' and ', ' or ', ' by ', ' without ', ' on ', ' ignoring ', ' group_left ', ' fill ', 'start()', 'end()', 'step()', 'min_of', 'max_of', ' smoothed', ' anchored', '#', '\\', '"', '\u{1f4a9}', 'é', '\u0000', 'histogram_quantile', 'info', '__name__', 'le',
];
const garbage = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((pieces) => pieces.join('')));

test('any text is parsed or refused with a place in it; what parses prints to a text that means the same', () => {
  fc.assert(
    fc.property(garbage, fc.boolean(), (text, experimental) => {
      const parsed = parsePromql(text, { experimental });
      if (!parsed.ok) {
        const { message, position, span } = parsed.error;
        assert.match(message, /^\d+:\d+: parse error: ./s);
        assert.ok(position.offset >= 0 && position.offset <= text.length && span.start <= span.end, `${message} at ${position.offset}`);
        return;
      }
      const printed = formatExpr(parsed.expr);
      const again = parsePromql(printed, { experimental });
      assert.ok(again.ok, `${JSON.stringify(text)} prints as ${printed}, which does not parse: ${again.ok ? '' : again.error.message}`);
      assert.equal(formatExpr(again.expr), printed);
    }),
    { interruptAfterTimeLimit: 1500, numRuns: 20_000 },
  );
});

test('the deepest and longest texts are refused or parsed in good time', () => {
  const size = 8000;
  const texts = ['(', ')', '-', '{', '[', '"', '1+', 'x ', 'x^', 'sum(', '2^', 'x[1m:', 'a,', '@ 1', 'offset 1m ', '#', '\\', 'min_of('].map((piece) => `x${piece.repeat(size / piece.length)}`);
  for (const text of texts) {
    const started = process.cpuUsage();
    parsePromql(text, { experimental: true });
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 2e6, `${text.slice(0, 10)}… took ${(user + system) / 1e6} s`);
  }
});
