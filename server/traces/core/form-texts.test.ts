import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { parseDurationText } from './duration-text.ts';
import { parseLogfmtTags } from './logfmt-tags.ts';
import { describeResponseFlags } from './response-flags.ts';
import { parseTimeText } from './time-text.ts';

const DURATIONS: readonly [string, bigint][] = [['1ns', 1n], ['250us', 250_000n], ['250µs', 250_000n], ['1.5ms', 1_500_000n], ['2 s', 2_000_000_000n], ['1m30s', 90_000_000_000n], [' 1h ', 3_600_000_000_000n], ['0.1s', 100_000_000n], ['1.s', 1_000_000_000n], ['0.0000000019s', 1n]];
for (const [text, nanos] of DURATIONS) test(`"${text}" is ${nanos} ns`, () => assert.deepEqual(parseDurationText(text), { ok: true, value: nanos }));

const BAD_DURATIONS: readonly [string, number][] = [['', 0], ['fast', 0], ['5', 0], ['-1ms', 0], ['1ms then', 3], ['1.2.3s', 0], ['1e3ms', 0], ['999999999999h', 0]];
for (const [text, position] of BAD_DURATIONS) {
  test(`"${text}" is no duration, at ${position}`, () => {
    const result = parseDurationText(text);
    assert.ok(!result.ok);
    assert.equal(result.error.position, position);
  });
}

const TAGS: readonly [string, Record<string, string>][] = [
  ['', {}],
  ['http.method=GET', { 'http.method': 'GET' }],
  ['a=1  b="x y"', { a: '1', b: 'x y' }],
  [String.raw`a="say \"hi\" \\ \n"`, { a: String.raw`say "hi" \ \n` }],
  ['error', { error: 'true' }],
  ['a= b=2', { a: '', b: '2' }],
  ['url=http://x/?q=1', { url: 'http://x/?q=1' }],
];
for (const [text, tags] of TAGS) test(`tags ${text} are read`, () => assert.deepEqual(parseLogfmtTags(text), { ok: true, value: tags }));

const BAD_TAGS: readonly [string, number][] = [['=x', 0], ['a=1 a=2', 4], ['a="open', 2], ['a="x"y', 5], ['a=x"y', 3], ['a"b=1', 1]];
for (const [text, position] of BAD_TAGS) {
  test(`tags ${text} are refused at ${position}`, () => {
    const result = parseLogfmtTags(text);
    assert.ok(!result.ok);
    assert.equal(result.error.position, position);
  });
}

test('the texts of the form never throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseLogfmtTags(text);
      parseDurationText(text);
      parseTimeText(text, 0);
      describeResponseFlags(text);
    }),
  );
});

test('times are Unix milliseconds, relative to now, or ISO with a zone', () => {
  const now = 1_780_000_000_000;
  assert.deepEqual(parseTimeText('1779999999999', now), { ok: true, value: 1_779_999_999_999 });
  assert.deepEqual(parseTimeText('now', now), { ok: true, value: now });
  assert.deepEqual(parseTimeText('now-1h30m', now), { ok: true, value: now - 5_400_000 });
  assert.deepEqual(parseTimeText('now+5s', now), { ok: true, value: now + 5000 });
  assert.deepEqual(parseTimeText('2026-05-28T20:26:40Z', now), { ok: true, value: Date.UTC(2026, 4, 28, 20, 26, 40) });
  assert.equal(parseTimeText('yesterday', now).ok, false);
  assert.deepEqual(parseTimeText('now-1x', now), { ok: false, error: { message: '"1x" is not a number with a unit (ns, us, ms, s, m, h)', position: 4 } });
  assert.equal(parseTimeText('99999999999999999', now).ok, false);
});

test('every response flag of Envoy has words, joined ones come in order, an unknown one says so', () => {
  assert.deepEqual(describeResponseFlags('UF,URX').map((f) => f.title), ['upstream connection failed', 'retries used up']);
  assert.deepEqual(describeResponseFlags('-'), []);
  assert.equal(describeResponseFlags('XYZ')[0]?.title, 'unknown flag');
  assert.equal(describeResponseFlags('constructor')[0]?.title, 'unknown flag');
  const all = 'DC,LH,UH,UT,LR,UR,UF,UC,UO,URX,NR,DI,FI,RL,UAEX,RLSE,SI,IH,DPE,UMSDR,RFCF,NFCF,DT,UPE,NC,OM,DF,DO';
  assert.ok(describeResponseFlags(all).every((f) => f.title !== 'unknown flag'));
});
