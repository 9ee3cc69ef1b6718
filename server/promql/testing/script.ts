import { RE2JS } from 're2js';
import { labelsKey } from '#server/timeseries/labels.ts';
import { parseDurationMs } from '../durations.ts';
import { parsePromNumber } from '../go-number.ts';
import { unquote } from '../go-string.ts';
import { isStartTimesLine, parseSeriesLine, parseStartTimesLine, type SeriesDescription } from './series-description.ts';

/** What an `expect` line asks of a query's error or annotations; without pattern and message: that there is one. */
export interface Expectation {
  readonly type: 'ordered' | 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info';
  readonly message?: string;
  readonly pattern?: RE2JS;
}
export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly expr: string;
  /** Unix ms. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly instant: boolean;
  readonly expectations: readonly Expectation[];
  readonly expected: readonly SeriesDescription[];
  readonly expectedScalar: number | undefined;
  readonly expectedString: string | undefined;
  /** Times of a range vector that an instant query is to give. */
  readonly rangeVector: { readonly start: number; readonly end: number; readonly step: number } | undefined;
}
/** A series to load; `startOffsets` are relative to each point's time, in ms. */
export interface LoadedSeries extends SeriesDescription {
  readonly startOffsets: readonly (number | undefined)[] | undefined;
}
export interface LoadCommand {
  readonly kind: 'load';
  readonly line: number;
  readonly step: number;
  readonly withNativeHistograms: boolean;
  readonly series: readonly LoadedSeries[];
}
/** A command that cannot be read: an eval counts as failed. */
export interface UnreadableCommand {
  readonly kind: 'unreadable';
  readonly command: 'eval' | 'other';
  readonly line: number;
  readonly text: string;
  readonly problem: string;
}
export type ScriptCommand = EvalCommand | LoadCommand | UnreadableCommand | { readonly kind: 'clear' };

const COMMAND = /^(?:load(?:_\w+)?\s|eval(?:_\w+)?\s+(?:instant|range)\s|clear\s*$)/i;
const LOAD = /^load(?:_(with_nhcb))?\s+(.+?)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const RANGE_VECTOR = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;

/** Reads a test script of Prometheus (promql/promqltest/README.md). What cannot be read is told as such; the rest is read all the same. */
export function parseScript(text: string): ScriptCommand[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: ScriptCommand[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line === '') continue;
    const body: string[] = [];
    const at = i + 1;
    while (i + 1 < lines.length && lines[i + 1] !== '' && !COMMAND.test(lines[i + 1] ?? '')) body.push(lines[++i] ?? '');
    try {
      commands.push(parseCommand(line, body, at));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      commands.push({ kind: 'unreadable', command: /^eval/i.test(line) ? 'eval' : 'other', line: at, text: line, problem });
    }
  }
  return commands;
}

function parseCommand(line: string, body: readonly string[], at: number): ScriptCommand {
  const word = (/^\S+/.exec(line)?.[0] ?? '').toLowerCase();
  if (word === 'clear') return { kind: 'clear' };
  if (word.startsWith('load')) return parseLoad(line, body, at);
  if (word.startsWith('eval')) return parseEval(line, body, at);
  throw new Error(`invalid command ${line}`);
}

function parseLoad(line: string, body: readonly string[], at: number): LoadCommand {
  const match = LOAD.exec(line);
  if (match === null) throw new Error('invalid load command: write load <step> or load_with_nhcb <step>');
  const series: LoadedSeries[] = [];
  let starts: ReturnType<typeof parseStartTimesLine> | undefined;
  for (const one of body) {
    if (isStartTimesLine(one)) {
      if (starts !== undefined) throw new Error('@st line has no following sample line');
      starts = parseStartTimesLine(one);
      continue;
    }
    const description = parseSeriesLine(one);
    if (starts !== undefined && labelsKey(starts.labels) !== labelsKey(description.labels)) throw new Error('@st metric does not match the following sample line metric');
    if (starts !== undefined && starts.offsets.length !== description.points.length) {
      throw new Error(`@st line has ${starts.offsets.length} values but sample line has ${description.points.length}`);
    }
    series.push({ ...description, startOffsets: starts?.offsets });
    starts = undefined;
  }
  if (starts !== undefined) throw new Error('@st line has no following sample line');
  return { kind: 'load', line: at, step: durationOf(match[2] ?? ''), withNativeHistograms: match[1] !== undefined, series };
}

/** What the lines below an eval say, gathered. */
class Expected {
  readonly expectations: Expectation[] = [];
  readonly series: SeriesDescription[] = [];
  scalar: number | undefined;
  string: string | undefined;
  rangeVector: EvalCommand['rangeVector'];

  take(line: string): void {
    const vector = RANGE_VECTOR.exec(line);
    if (vector !== null) this.rangeVector = { start: durationOf(vector[1] ?? ''), end: durationOf(vector[2] ?? ''), step: durationOf(vector[3] ?? '') };
    else if (line.startsWith('expect string')) this.string = stringOf(line.slice('expect string'.length).trim());
    else if (line.startsWith('expected_fail_message')) this.expectations.push({ type: 'fail', message: line.slice('expected_fail_message'.length).trim() });
    else if (line.startsWith('expected_fail_regexp')) this.expectations.push({ type: 'fail', pattern: RE2JS.compile(line.slice('expected_fail_regexp'.length).trim()) });
    else if (/^expect(\s|$)/.test(line)) this.#expect(line);
    else if (parsePromNumber(line) !== undefined) this.scalar = parsePromNumber(line);
    else this.series.push(parseSeriesLine(line));
  }

  #expect(line: string): void {
    const match = EXPECT.exec(line);
    if (match === null) throw new Error(`invalid expect statement ${line}: write expect <type> <match_type>: <string>`);
    this.expectations.push(toExpectation(match));
    const has = (type: Expectation['type']): boolean => this.expectations.some((one) => one.type === type);
    if (has('info') && has('no_info')) throw new Error('invalid expect lines, info and no_info cannot be used together');
    if (has('warn') && has('no_warn')) throw new Error('invalid expect lines, warn and no_warn cannot be used together');
  }
}

function parseEval(line: string, body: readonly string[], lineNumber: number): EvalCommand {
  const instant = INSTANT.exec(line);
  const range = instant === null ? RANGE.exec(line) : null;
  if (instant === null && range === null) throw new Error('invalid evaluation command: write eval instant at <time> <query> or eval range from <start> to <end> step <step> <query>');
  const time = instant === null ? 0 : durationOf(instant[2] ?? '');
  let { start, end, step } = range === null ? { start: time, end: time, step: 0 } : { start: durationOf(range[2] ?? ''), end: durationOf(range[3] ?? ''), step: durationOf(range[4] ?? '') };
  const expected = new Expected();
  const suffix = (instant ?? range)?.[1];
  if (suffix === 'fail' || suffix === 'warn' || suffix === 'info' || suffix === 'ordered') expected.expectations.push({ type: suffix });
  for (const one of body) expected.take(one);
  const { rangeVector, series } = expected;
  if (rangeVector !== undefined) ({ start, end, step } = { start: rangeVector.end, end: rangeVector.end, step: rangeVector.step });
  if (instant !== null && rangeVector === undefined && series.some(({ points }) => points.length > 1)) {
    throw new Error("expecting multiple values in instant evaluation not allowed: 'expect range vector' says that a range vector is the result");
  }
  const expr = (instant === null ? range?.[5] : instant[3]) ?? '';
  return {
    kind: 'eval', line: lineNumber, expr, start, end, step, instant: instant !== null,
    expectations: expected.expectations, expected: series, expectedScalar: expected.scalar, expectedString: expected.string, rangeVector,
  };
}

function toExpectation(match: RegExpExecArray): Expectation {
  const type = match[1] as Expectation['type'];
  const text = (match[3] ?? '').trim();
  if (match[2] === 'msg') return { type, message: text };
  return match[2] === 'regex' ? { type, pattern: RE2JS.compile(text) } : { type };
}

function stringOf(literal: string): string {
  const text = unquote(literal);
  if (text === undefined) throw new Error(`expected string literal not valid: ${literal}`);
  return text;
}

function durationOf(text: string): number {
  const ms = parseDurationMs(text.trim());
  if (ms === undefined) throw new Error(`not a duration: ${text}`);
  return ms;
}
