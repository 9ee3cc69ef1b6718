import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conformanceReport } from './conformance.ts';
import { runScript } from './script-runner.ts';

test('the whole language of the scripts is understood', () => {
  const outcomes = runScript(`
# A comment.
load 30s
  a{x="1"}   1+1x3 _ stale
  a{x="2"}   -1x2 _x2 Inf
  {"b.c", x="1"} {{sum:1 count:1 buckets:[1]}}+{{sum:1 count:1 buckets:[1]}}x2
  c_total@st -10s _ -10s-5sx1
  c_total    1 2 3 4

eval_ordered instant at 1m sort_desc(a)
  a{x="1"} 3
  a{x="2"} -1

eval instant at 90s a[2m]
  expect range vector from 0 to 90s step 30s
  a{x="1"} 1 2 3 4
  a{x="2"} -1 -1 -1

eval instant at 1m ("Foo")
  expect string "Foo"

eval_fail instant at 1m a + on () a
  expected_fail_regexp found duplicate series .*

eval instant at 1m rate(a[1m])
  expect info msg: PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "a" (1:6)
  expect no_warn
  {x="1"} 0.03333333333333333
  {x="2"} 0

eval range from 0 to 1m step 30s {"b.c"}
  {"b.c", x="1"} {{sum:1 count:1 buckets:[1]}} {{sum:2 count:2 buckets:[2]}} {{sum:3 count:3 buckets:[3]}}

eval range from 0 to 90s step 30s start_timestamp(c_total)
  {} -10 0 50 75

eval instant at 1m count(a)
  2
clear

eval instant at 1m count(a)
`);
  assert.deepEqual(
    outcomes.flatMap(({ line, failure }) => (failure === undefined ? [] : [[line, failure]])),
    [[37, 'expected a scalar, got a vector']],
  );
  assert.equal(outcomes.length, 9);
});

test('what cannot be read fails where it stands, and the rest runs', () => {
  const outcomes = runScript(`
load 1m
  a 1

load 1m
  b {{nonsense:1}}

eval instant at 0 a
  a 1

eval instant at 0 b
  b 1

eval instant at soon a
  a 1

eval instant at 0 a
  expect nothing
  a 1

eval instant at 0 sum(
  {} 1
`);
  assert.deepEqual(outcomes.map(({ line, failure }) => [line, failure?.replace(/:.*/s, '')]), [
    [8, undefined],
    [11, 'missing series {__name__="b"}; line 5 cannot be read'],
    [14, 'cannot be read'],
    [17, 'cannot be read'],
    [21, 'error'],
  ]);
});

test('the report counts by file and lists what does not pass', () => {
  const { lines, passed, total } = conformanceReport([
    { file: 'a.test', outcomes: [{ line: 1, expr: 'x', failure: undefined }, { line: 4, expr: 'y', failure: 'no reason' }] },
    { file: 'b.test', outcomes: [{ line: 1, expr: 'x', failure: undefined }] },
  ]);
  assert.deepEqual([passed, total], [2, 3]);
  assert.deepEqual(lines, ['a.test: 1 / 2', 'b.test: 1 / 1', 'These do not pass:', '  a.test:4 y: no reason', '2 of 3 passed']);
});
