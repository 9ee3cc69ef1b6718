import { parseDurationMs } from '../durations.ts';
import { parsePromNumber } from '../go-number.ts';
import { unquote } from '../go-string.ts';
import { parseSeriesLine, type SeriesDescription } from './series-description.ts';

/** What an `expect` line asks of a query's error or annotations; without pattern and message: that there is one. */
export interface Expectation {
  readonly type: 'ordered' | 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info';
  readonly message?: string;
  readonly pattern?: RegExp;
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
  readonly rangeVector: { readonly start: number; readonly step: number } | undefined;
}
export interface LoadCommand {
  readonly kind: 'load';
  readonly step: number;
  readonly withNativeHistograms: boolean;
  readonly startTimes: boolean;
  readonly series: readonly SeriesDescription[];
}
export type ScriptCommand = EvalCommand | LoadCommand | { readonly kind: 'clear' };

const LOAD = /^load(?:_(with_nhcb))?\s+(.+?)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const RANGE_VECTOR = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;

/** Reads a test script of Prometheus (promql/promqltest/README.md). Throws an Error with the line for what it cannot read. */
export function parseScript(text: string): ScriptCommand[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: ScriptCommand[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line === '') continue;
    const body: string[] = [];
    const at = i;
    while (i + 1 < lines.length && lines[i + 1] !== '' && !/^(load|eval|clear)/.test(lines[i + 1] ?? '')) body.push(lines[++i] ?? '');
    try {
      if (line.startsWith('clear')) commands.push({ kind: 'clear' });
      else if (line.startsWith('load')) commands.push(parseLoad(line, body));
      else if (line.startsWith('eval')) commands.push(parseEval(line, body, at + 1));
      else throw new Error(`unknown command ${line}`);
    } catch (error) {
      throw new Error(`line ${at + 1}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  return commands;
}

function parseLoad(line: string, body: readonly string[]): LoadCommand {
  const match = LOAD.exec(line);
  if (match === null) throw new Error('not a load command');
  const series = body.filter((one) => !isStartTimes(one)).map(parseSeriesLine);
  return { kind: 'load', step: durationOf(match[2] ?? ''), withNativeHistograms: match[1] !== undefined, startTimes: body.some(isStartTimes), series };
}

function isStartTimes(line: string): boolean {
  return /^\S*@st\s/.test(line);
}

function parseEval(line: string, body: readonly string[], lineNumber: number): EvalCommand {
  const instant = INSTANT.exec(line);
  const range = instant === null ? RANGE.exec(line) : null;
  if (instant === null && range === null) throw new Error(`not an eval command: ${line}`);
  const time = durationOf(instant?.[2] ?? '0');
  const times = range === null ? { start: time, end: time, step: 0 } : { start: durationOf(range[2] ?? ''), end: durationOf(range[3] ?? ''), step: durationOf(range[4] ?? '') };
  const expectations: Expectation[] = [];
  const suffix = (instant ?? range)?.[1];
  if (suffix === 'fail' || suffix === 'warn' || suffix === 'info' || suffix === 'ordered') expectations.push({ type: suffix });
  const expected: SeriesDescription[] = [];
  let expectedScalar: number | undefined;
  let expectedString: string | undefined;
  let rangeVector: EvalCommand['rangeVector'];
  let { start, end } = times;
  for (const one of body) {
    const vector = RANGE_VECTOR.exec(one);
    const expectation = EXPECT.exec(one);
    if (vector !== null) {
      rangeVector = { start: durationOf(vector[1] ?? ''), step: durationOf(vector[3] ?? '') };
      start = end = durationOf(vector[2] ?? '');
    } else if (one.startsWith('expect string')) expectedString = unquote(one.slice('expect string'.length).trim()) ?? '';
    else if (one.startsWith('expected_fail_message')) expectations.push({ type: 'fail', message: one.slice('expected_fail_message'.length).trim() });
    else if (one.startsWith('expected_fail_regexp')) expectations.push({ type: 'fail', pattern: new RegExp(one.slice('expected_fail_regexp'.length).trim()) });
    else if (expectation !== null) expectations.push(toExpectation(expectation));
    else if (expected.length === 0 && parsePromNumber(one) !== undefined) expectedScalar = parsePromNumber(one);
    else expected.push(parseSeriesLine(one));
  }
  const expr = (instant === null ? range?.[5] : instant[3]) ?? '';
  return { kind: 'eval', line: lineNumber, expr, start, end, step: times.step, instant: instant !== null, expectations, expected, expectedScalar, expectedString, rangeVector };
}

function toExpectation(match: RegExpExecArray): Expectation {
  const type = match[1] as Expectation['type'];
  const text = (match[3] ?? '').trim();
  if (match[2] === 'msg') return { type, message: text };
  return match[2] === 'regex' ? { type, pattern: new RegExp(text) } : { type };
}

function durationOf(text: string): number {
  const ms = parseDurationMs(text.trim());
  if (ms === undefined) throw new Error(`not a duration: ${text}`);
  return ms;
}
