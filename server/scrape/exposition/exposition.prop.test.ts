import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { parseOpenMetrics } from './parse-openmetrics.ts';
import { parseSeries } from './parse-series.ts';
import { parseText } from './parse-text.ts';
import { hintColumns, type ScrapePage, type SeriesHints } from './scrape-page.ts';

const LIMIT = { interruptAfterTimeLimit: 1500, numRuns: 5000 };
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
const value = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom('\\', '"', '\n', '}', '{', ',', '\\n', '', '☺', 'a"b\\'));
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Infinity, -Infinity, NaN, 0.1, 1e22, 123456789.125));
const sample = fc.record({ name, labels: fc.dictionary(name, value, { maxKeys: 4 }), value: number, timestamp: fc.option(fc.integer({ min: 0, max: 2e12 }), { nil: undefined }) });
type Sample = typeof sample extends fc.Arbitrary<infer T> ? T : never;

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
function numberText(n: number): string {
  if (Object.is(n, -0)) return '-0';
  return Number.isFinite(n) || Number.isNaN(n) ? String(n) : n > 0 ? '+Inf' : '-Inf';
}
function seriesText({ name: metric, labels }: Sample, space: string): string {
  return `${metric}{${Object.entries(labels).map(([label, text]) => `${label}${space}=${space}"${escaped(text)}"`).join(`,${space}`)}}`;
}
function samplesOf(page: ScrapePage, time: number): unknown[] {
  return page.series.map((series, i) => [parseSeries(series), page.values[i], page.timestamps === undefined || Number.isNaN(page.timestamps[i]) ? undefined : (page.timestamps[i] ?? NaN) / time]);
}
function expected(samples: readonly Sample[], time: number): unknown[] {
  return samples.map((one) => [{ __name__: one.name, ...Object.fromEntries(Object.entries(one.labels).filter(([, text]) => text !== '')) }, one.value, one.timestamp === undefined ? undefined : one.timestamp / time]);
}
function hintsOf(texts: readonly string[]): SeriesHints {
  const unique = [...new Set(texts)];
  return { ...hintColumns(unique), indexOf: (text) => (unique.includes(text) ? unique.indexOf(text) : undefined) };
}
/** The page apart from what only says how it was read. */
function said({ hinted: _, ...page }: ScrapePage): unknown {
  return { ...page, values: [...page.values.subarray(0, page.count)], timestamps: [...(page.timestamps?.subarray(0, page.count) ?? [])] };
}

test('whatever is written in the text format is read back, with any blanks', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 8 }), fc.constantFrom('', ' ', '\t '), (samples, space) => {
      const page = parseText(samples.map((one) => `${space}${seriesText(one, space)} ${numberText(one.value)}${one.timestamp === undefined ? '' : ` ${one.timestamp}`}${space}\n`).join(''));
      assert.equal(page.fault, undefined);
      assert.deepEqual(samplesOf(page, 1), expected(samples, 1));
    }),
    LIMIT,
  );
});

test('whatever is written in OpenMetrics is read back', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 8 }), (samples) => {
      const page = parseOpenMetrics(`${samples.map((one) => `${seriesText(one, '')} ${numberText(one.value)}${one.timestamp === undefined ? '' : ` ${one.timestamp}`}\n`).join('')}# EOF\n`);
      assert.equal(page.fault, undefined);
      assert.deepEqual(samplesOf(page, 1000), expected(samples, 1));
    }),
    LIMIT,
  );
});

const piece = fc.oneof(fc.constantFrom('m', 'm_total', '{', '}', '"', '\\', ',', '=', ' ', '\n', '#', '# TYPE ', '# HELP ', '# EOF\n', ' # {', 'a="b"', '1', '1e', '.', '-', 'NaN', '+Inf', '\t', '\0', '\r', '☺', 'counter'), fc.string({ maxLength: 4 }));
const garbage = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

test('garbage never throws, and is read the same with hints as without', () => {
  fc.assert(
    fc.property(garbage, garbage, (before, text) => {
      for (const parse of [parseText, parseOpenMetrics]) {
        const plain = parse(text);
        for (const series of plain.series) assert.doesNotThrow(() => acceptTwice(series));
        assert.deepEqual(said(parse(text, { hints: hintsOf([...parse(before).series, ...plain.series]) })), said(plain));
      }
    }),
    LIMIT,
  );
});

test('bytes that are no text never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const parse of [parseText, parseOpenMetrics]) parse(Buffer.concat([Buffer.from('m{a="'), bytes, Buffer.from('"} 1\n# EOF\n')]));
    }),
    LIMIT,
  );
});

/** A series that a parser took is readable, save that a label may be there twice or have no name, which it does not look at. */
function acceptTwice(series: string): void {
  try {
    parseSeries(series);
  } catch (error) {
    if (!(error instanceof Error && /is there twice|has no name/.test(error.message))) throw error;
  }
}
