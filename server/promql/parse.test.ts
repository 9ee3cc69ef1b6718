import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePromql, parseSelector } from './parse.ts';
import { formatExpr } from './format-expr.ts';

function printed(text: string): string {
  const parsed = parsePromql(text, { experimental: true });
  return parsed.ok ? formatExpr(parsed.expr) : parsed.error.message;
}

test('an operator binds its operands by precedence, signs weaker than powers', () => {
  const tree = (text: string): unknown => {
    const parsed = parsePromql(text);
    if (!parsed.ok) return parsed.error.message;
    const shape = (expr: typeof parsed.expr): unknown => (expr.kind === 'binary' ? [shape(expr.left), expr.op, shape(expr.right)] : expr.kind === 'unary' ? [expr.op, shape(expr.expr)] : formatExpr(expr));
    return shape(parsed.expr);
  };
  assert.deepEqual(tree('1 + 2 * 3'), ['1', '+', ['2', '*', '3']]);
  assert.deepEqual(tree('-2 ^ 2'), ['-', ['2', '^', '2']]);
  assert.deepEqual(tree('2 ^ 3 ^ 2'), ['2', '^', ['3', '^', '2']]);
  assert.deepEqual(tree('a or b and c'), ['a', 'or', ['b', 'and', 'c']]);
});

test('a modifier belongs to the selector before it, not to the whole operation', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a + b offset 5m', 'a + b offset 5m'],
    ['a + b @ 10 * c', 'a + b @ 10.000 * c'],
    ['-a @ 10', '-a @ 10.000'],
    ['rate(x[5m] offset -1m)', 'rate(x[5m] offset -1m)'],
    ['max_over_time(rate(x[1m])[10m:1m] @ end())', 'max_over_time(rate(x[1m])[10m:1m] @ end())'],
  ];
  for (const [text, expected] of cases) assert.equal(printed(text), expected);
  const parsed = parsePromql('a + b @ 10 * c');
  assert.ok(parsed.ok && parsed.expr.kind === 'binary' && parsed.expr.op === '+' && parsed.expr.right.kind === 'binary' && parsed.expr.right.left.kind === 'vector-selector');
  assert.deepEqual(parsed.expr.right.left.at, { kind: 'time', ms: 10_000 });
});

test('an expression too long to be judged in good time is refused at once', () => {
  const parsed = parsePromql(`${'abs('.repeat(100_000)}up${')'.repeat(100_000)}`);
  assert.ok(!parsed.ok);
  assert.match(parsed.error.message, /^1:32769: parse error: expression is longer than 32768 characters$/);
  assert.ok(parsePromql(`up{pod=~"${'catalog-v1|'.repeat(2900)}"}`).ok);
});

test('an expression nested deeper than the grammar can follow is refused with that as a possible reason', () => {
  for (const text of [`${'('.repeat(5000)}up${')'.repeat(5000)}`, `${'-'.repeat(10_000)}up`, `${'1+'.repeat(10_000)}1`]) {
    const parsed = parsePromql(text);
    assert.match(parsed.ok ? '' : parsed.error.message, /nested too deeply/);
  }
});

test('printing an expression and parsing it again gives the same text', () => {
  for (const text of [
    'sum by (a, "b c") (rate(x{a=~"b.*",c!="d"}[5m]))',
    'topk(3, x) / on (job) group_left (team) y',
    'histogram_quantile(0.95, sum by (le) (rate(b_bucket[1m])))',
    'label_replace(up, "a", "$1", "b", "(.*)")',
    'x > bool 5',
    '{__name__="a b",c="\\"q\\""}',
    'quantile without (x) (0.5, y)',
    '1.5e-07',
    'foo[5m:] offset 1h30m',
    'a unless ignoring (b) c',
  ]) {
    const once = printed(text);
    assert.equal(printed(once), once, text);
  }
});

test('a syntax or type error names the place and the reason as Prometheus does', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', '1:1: parse error: no expression found in input'],
    ['foo{', '1:5: parse error: unexpected end of input inside braces'],
    ['sum(', '1:5: parse error: unclosed left parenthesis'],
    ['foo[5m', '1:7: parse error: unclosed left bracket'],
    ['foo bar', '1:5: parse error: unexpected identifier "bar"'],
    ['1+', '1:3: parse error: unexpected end of input'],
    ['foo{a=}', '1:7: parse error: unexpected "}" in label matching, expected string'],
    ['foo{a="b', '1:7: parse error: unterminated quoted string'],
    ['nosuch(x)', '1:1: parse error: unknown function with name "nosuch"'],
    ['time(1,)', '1:7: parse error: trailing commas not allowed in function call args'],
    ['x[0]', '1:3: parse error: duration must be greater than 0'],
    ['1 == 1', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['rate(foo)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ['rate(foo[5m], 1)', '1:1: parse error: expected 1 argument(s) in call to "rate", got 2'],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['sum(x) and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['a + on(x) group_left(x) b', '1:3: parse error: label "x" must not occur in ON and GROUP clause at once'],
    ['a offset 1m offset 2m', '1:1: parse error: offset may not be set multiple times'],
    ['1 offset 1m', '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery'],
    ['sum_over_time(x)', '1:15: parse error: expected type range vector in call to function "sum_over_time", got instant vector'],
    ['up\n + bar baz', '2:8: parse error: unexpected identifier "baz"'],
    ['sort_by_label(x, "a")', '1:1: parse error: function "sort_by_label" is not enabled'],
    ['x offset 1e10', '1:10: parse error: duration out of range'],
    ['x offset -1e10', '1:10: parse error: duration out of range'],
    ['x[Inf]', '1:3: parse error: duration out of range'],
    ['x[5m:9223372037]', '1:6: parse error: duration out of range'],
    ['x offset NaN', '1:10: parse error: duration out of range'],
    ['x{a=~"("}', '1:3: parse error: error parsing regexp: missing closing ): `^(?s:()$`'],
  ];
  for (const [text, message] of cases) {
    const parsed = parsePromql(text);
    assert.equal(parsed.ok ? 'no error' : parsed.error.message, message, text);
  }
});

test('no text makes the parser throw', () => {
  const pieces = ['sum', '(', ')', 'x', '{', '}', '[5m]', '[5m:', '"a"', '=~', ',', '@', ' offset ', '5m', '1', '-', '^', 'by', 'start()', '\\', '#', "'", '`'];
  let seed = 1;
  const next = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let i = 0; i < 2000; i++) {
    const text = Array.from({ length: Math.ceil(next() * 8) }, () => pieces[Math.floor(next() * pieces.length)]).join('');
    assert.doesNotThrow(() => parsePromql(text, { experimental: true }), text);
  }
});

test('a series selector may not carry modifiers nor match everything', () => {
  assert.ok(parseSelector('up{job="x"}').ok);
  assert.ok(!parseSelector('up offset 5m').ok);
  const empty = parseSelector('{a=~".*"}');
  assert.equal(empty.ok ? '' : empty.error.message, 'match[] must contain at least one non-empty matcher');
});
