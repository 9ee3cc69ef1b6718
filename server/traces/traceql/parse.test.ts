import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTraceQl, type TraceQlUse } from './check.ts';
import { parseTraceQl } from './parse.ts';
import { printTraceQl } from './print.ts';

/** What is written, and the same as it is printed. */
const READ: readonly (readonly [string, string])[] = [
  ['', '{ }'],
  ['{}', '{ }'],
  ['{.a}', '{ .a }'],
  ['{ name = "GET" }', '{ span:name = "GET" }'],
  ['{traceDuration>2s&&rootServiceName="a"&&rootName!="b"}', '{ trace:duration > 2s && trace:rootService = "a" && trace:rootName != "b" }'],
  ['{ kind = server && status = error || statusMessage =~ `a\\.b` }', '{ span:kind = server && span:status = error || span:statusMessage =~ "a\\\\.b" }'],
  ['{ .a-b+c/d = 1 }', '{ .a-b+c/d = 1 }'],
  ['{ span.resource.xyz = nil }', '{ span.resource.xyz = nil }'],
  ['{ span.a."b c".d = 1 && ."5x" = 1 && ."say \\"hi\\"" = 1 }', '{ span."a.b c.d" = 1 && ."5x" = 1 && ."say \\"hi\\"" = 1 }'],
  ['{ parent.a = parent.span.a && parent.resource.b != nil && parent.span:name = "x" }', '{ parent.a = parent.span.a && parent.resource.b != nil && parent.span:name = "x" }'],
  ['{ event:timeSinceStart > -5s && link:spanID = "1" && instrumentation.language = "java" }', '{ event:timeSinceStart > -5s && link:spanID = "1" && instrumentation.language = "java" }'],
  ['{ .a = minInt || .a = maxInt || .a = -1 || .a = .5 || .a = 1e3 }', '{ .a = minInt || .a = maxInt || .a = -1 || .a = 0.5 || .a = 1000.0 }'],
  ['{ duration > 1h30m && duration < 1.5us }', '{ span:duration > 90m && span:duration < 1500ns }'],
  ['{ .a + .b * .c ^ .d ^ 2 > 10 * 1024 }', '{ .a + .b * .c ^ .d ^ 2 > 10 * 1024 }'],
  ['{ (.a ^ .b) ^ .c = .a ^ (.b ^ .c) }', '{ .a ^ .b ^ .c = .a ^ (.b ^ .c) }'],
  ['{ .a || .b && .c } && ({ } || { })', '{ .a || .b && .c } && ({ } || { })'],
  ['{ .a || (.b && .c) }', '{ .a || (.b && .c) }'],
  ['{ (.a + .b) * -.c = -(.a) }', '{ (.a + .b) * (-.c) = -.a }'],
  ['{ (-2) ^ 2 = - 2 ^ 2 }', '{ (-2) ^ 2 = -(2 ^ 2) }'],
  ['{ .a ^ (-3) ^ .b = .a ^ -3 }', '{ .a ^ (-3) ^ .b = .a ^ (-3) }'],
  ['{ !.a = .b && !(.a = .b) }', '{ !.a = .b && !(.a = .b) }'],
  ['{ .a = "tab\\t\\u00e9\\xc3\\xa9\\"" }', '{ .a = "tab\\téé\\"" }'],
  ['// all\n{ /* none */ } // end', '{ }'],
  ['{.a}>{.b}>>{.c}&&{.d}||{.e}', '{ .a } > { .b } >> { .c } && { .d } || { .e }'],
  ['{.a} &>> ({.b} !~ {.c})', '{ .a } &>> ({ .b } !~ { .c })'],
  ['({.a} | count() > 1) && {.b}', '({ .a } | count() > 1) && { .b }'],
  ['({.a})', '{ .a }'],
  ['count() > 10', 'count() > 10'],
  ['{} | 2 * (max(.a) - min(.a)) >= 3 + 1', '{ } | 2 * (max(.a) - min(.a)) >= 3 + 1'],
  ['{} | by(resource.service.name) | coalesce() | select(span.a,name)', '{ } | by(resource.service.name) | coalesce() | select(span.a, span:name)'],
  ['{ } | rate() by (name) | topk(5) >= 1.5 | bottomk(2) > 500ms with(sample=true, most_recent = 0.1)', '{ } | rate() by(span:name) | topk(5) >= 1.5 | bottomk(2) > 0.5 with (sample = true, most_recent = 0.1)'],
  ['{ } | quantile_over_time(duration,.99,.5) by(span.x)', '{ } | quantile_over_time(span:duration, 0.99, 0.5) by(span.x)'],
  ['{ } | compare({status=error})', '{ } | compare({ span:status = error })'],
  ['{ } | compare({status=error}, 5, 10, 20)', '{ } | compare({ span:status = error }, 5, 10, 20)'],
  ['100 * ({status=error} | rate()) / ({} | rate()) > 5', '100 * ({ span:status = error } | rate()) / ({ } | rate()) > 5'],
  ['(({} | rate()) - 5) * (-100) + ({} | rate()) / (1024 * 1024)', '(({ } | rate()) - 5) * (-100) + ({ } | rate()) / (1024 * 1024)'],
];

for (const [written, printed] of READ) {
  test(`reads ${JSON.stringify(written)}`, () => {
    const parsed = parseTraceQl(written);
    assert.ok(parsed.ok, parsed.ok ? '' : parsed.fault.message);
    assert.equal(printTraceQl(parsed.query), printed);
  });
}

/** What is written, with `«…»` around what is at fault, and a part of what is said of it. */
const REFUSED: readonly (readonly [string, RegExp, TraceQlUse?])[] = [
  ['{ .a = 1 «»', /expected an operator or "}", but the query ends/],
  ['{ «foo» = 1 }', /"foo" is not known.*span\.foo/],
  ['{ «span:nme» = 1 }', /expected span:name, span:duration/],
  ['{ «sapn.»a = 1 }', /no scope: expected span\.,/],
  ['{ «span.» = 1 }', /name of an attribute/],
  ["{ .a = «'»x' }", /double quotes/],
  ['{ .a = «"x }»', /not closed/],
  ['{ .a = «"a\\.b"» }', /backticks/],
  ['{ «."a\\n"» = 1 }', /no escape in a name/],
  ['{ .a = «5x» }', /units are ns/],
  ['{ .a = «9223372036854775808» }', /64 bits/],
  ['{ .a = 1 } «}»', /expected an operator, "\|", or the end/],
  ['{ } | count() «»', /a comparison such as/],
  ['{ } «>» 5', /cannot stand between spans and a number/],
  ['{ } | rate() «+» 1', /topk/],
  ['{ } | rate() | «count»() > 1', /nothing else stands behind metrics/],
  ['«rate»()', /\{ \} \| rate/],
  ['{ «/* »', /comment is not closed/],
  ['{ «status = "error"» }', /write error without quotes/],
  ['{ «duration > "5s"» }', /write 5s without quotes/],
  ['{ .a =~ «"("» }', /RE2/],
  ['{ .a =~ «.b» }', /text in quotes/],
  ['{ «.a > nil» }', /= or != only/],
  ['{ «status > ok» }', /= or != only/],
  ['{ «name = nil» }', /never nil/],
  ['{ «event.a = link.b» }', /events and links/],
  ['{ «name» }', /span:name != nil/],
  ['{ «1 + 1» }', /true or false/],
  ['{ .a + «name» > 1 }', /expected a number/],
  ['{ .a && «1» }', /expected true or false/],
  ['{ } | «count(.a)» > 1', /nothing between its brackets/],
  ['{ } | «avg()» > 1', /needs what to measure/],
  ['{ } | avg(«name») > 1', /expected a number/],
  ['{ } | «1 > 2»', /neither side looks at the spans/],
  ['{ } | «by(1)»', /by\(\) needs/],
  ['{ } | «rate()»', /leave out the metrics function/],
  ['«»{ }', /nothing is measured/, 'metrics'],
  ['{ } | «quantile_over_time(duration)»', /needs quantiles/, 'metrics'],
  ['{ } | «quantile_over_time(duration, 2)»', /from 0 to 1/, 'metrics'],
  ['{ } | «rate()» | topk(0)', /at least one/, 'metrics'],
  ['{ } | «compare({ }, 5, 20, 10)»', /ends before it starts/, 'metrics'],
  ['({ } | rate()) * «10s»', /seconds as a number/, 'metrics'],
  ['({ } | rate()) * «count()»', /an aggregate/, 'metrics'],
];

for (const [marked, message, use] of REFUSED) {
  test(`refuses ${JSON.stringify(marked)}`, () => {
    const from = marked.indexOf('«');
    const to = marked.indexOf('»') - 1;
    const read = readTraceQl(marked.replaceAll(/[«»]/g, ''), use ?? 'search');
    assert.ok(!read.ok);
    const [fault] = read.faults;
    assert.match(fault?.message ?? '', message);
    assert.deepEqual([fault?.from, fault?.to], [from, to]);
  });
}

test('texts made to exhaust the reader are refused', () => {
  for (const text of ['('.repeat(100_000), `{${'('.repeat(100_000)}`, `{${'!'.repeat(100_000)}.a}`, `{ .a${' && .a'.repeat(100_000)} }`, `{}${' >> {}'.repeat(100_000)}`, '{ '.repeat(100_000), `{ .a${' ^ .a'.repeat(100_000)} }`]) {
    const parsed = parseTraceQl(text);
    assert.ok(!parsed.ok);
    assert.match(parsed.fault.message, /nested|operators|expected|not known|begins/);
  }
});
