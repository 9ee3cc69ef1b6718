import { compareLabels, labelsKey } from '#server/timeseries/labels.ts';
import { almostEqual } from '../classic-buckets.ts';
import { formatLabels } from '../format-labels.ts';
import type { QueryAnswer } from '../metrics-backend.ts';
import type { EvalCommand, Expectation } from './script.ts';

const EPSILON = 1e-6;

/** Compares an answer with what a script expects; undefined when it fits, else the difference in words. */
export function compareAnswer(command: EvalCommand, { value }: QueryAnswer): string | undefined {
  switch (value.resultType) {
    case 'string':
      return value.result[1] === command.expectedString ? undefined : `expected string ${command.expectedString}, got ${value.result[1]}`;
    case 'scalar':
      if (command.expectedScalar === undefined) return `expected a vector, got scalar ${value.result[1]}`;
      return same(command.expectedScalar, value.result[1]) ? undefined : `expected ${command.expectedScalar}, got ${value.result[1]}`;
    case 'vector': {
      if (command.expectedScalar !== undefined) return 'expected a scalar, got a vector';
      const ordered = command.expectations.some((one) => one.type === 'ordered');
      const rest = new Map(command.expected.map((one, position) => [labelsKey(one.labels), { one, position }]));
      for (const [position, { metric, value: [, got] }] of value.result.entries()) {
        const found = rest.get(labelsKey(metric));
        if (found === undefined) return `unexpected series ${formatLabels(metric)} = ${got}`;
        rest.delete(labelsKey(metric));
        const [point] = found.one.points;
        if (point?.kind !== 'float' || !same(point.value, got)) return `expected ${describe(point)} for ${formatLabels(metric)}, got ${got}`;
        if (ordered && found.position !== position) return `expected ${formatLabels(metric)} at position ${found.position + 1}, was at ${position + 1}`;
      }
      const [missing] = rest.values();
      return missing === undefined ? undefined : `missing series ${formatLabels(missing.one.labels)}`;
    }
    case 'matrix':
      return compareMatrix(command, value.result);
  }
}

function compareMatrix(command: EvalCommand, result: Extract<QueryAnswer['value'], { resultType: 'matrix' }>['result']): string | undefined {
  if (result.some((one, i) => i > 0 && compareLabels(result[i - 1]?.metric ?? {}, one.metric) > 0)) return 'the series are not sorted by labels';
  const first = command.rangeVector?.start ?? command.start;
  const step = command.rangeVector?.step ?? command.step;
  const rest = new Map(command.expected.map((one) => [labelsKey(one.labels), one]));
  for (const { metric, values } of result) {
    const expected = rest.get(labelsKey(metric));
    if (expected === undefined) return `unexpected series ${formatLabels(metric)} ${JSON.stringify(values)}`;
    rest.delete(labelsKey(metric));
    const wanted = expected.points.flatMap((point, i) => (point.kind === 'omitted' ? [] : [{ time: first + i * step, point }]));
    if (wanted.length !== values.length) return `expected ${wanted.length} points for ${formatLabels(metric)}, got ${JSON.stringify(values)}`;
    for (const [i, { time, point }] of wanted.entries()) {
      const [gotTime, got] = values[i] ?? [NaN, NaN];
      if (Math.round(gotTime * 1000) !== time) return `expected a point at ${time} for ${formatLabels(metric)}, got one at ${gotTime * 1000}`;
      if (point.kind !== 'float' || !same(point.value, got)) return `expected ${describe(point)} at ${time} for ${formatLabels(metric)}, got ${got}`;
    }
  }
  const [missing] = rest.values();
  return missing === undefined ? undefined : `missing series ${formatLabels(missing.labels)}`;
}

/** Compares annotations with the `expect warn|info|no_warn|no_info` lines of a script. */
export function compareAnnotations(expectations: readonly Expectation[], answer: QueryAnswer): string | undefined {
  for (const [type, texts] of [['warn', answer.warnings], ['info', answer.infos]] as const) {
    const wanted = expectations.filter((one) => one.type === type);
    if (expectations.some((one) => one.type === `no_${type}`) && texts.length > 0) return `unexpected ${type}: ${texts[0]}`;
    if (wanted.length === 0) continue;
    if (texts.length === 0) return `expected ${type} annotations but there are none`;
    const unmet = wanted.find((one) => !texts.some((text) => fits(one, text)));
    if (unmet !== undefined) return `expected ${type} ${unmet.message ?? String(unmet.pattern)}, found ${texts.join('; ')}`;
    const extra = texts.find((text) => !wanted.some((one) => fits(one, text)));
    if (extra !== undefined) return `unexpected ${type}: ${extra}`;
  }
  return undefined;
}

/** Whether a text is what an expectation asks for. */
export function fits(expectation: Expectation, text: string): boolean {
  if (expectation.message !== undefined) return expectation.message === text;
  return expectation.pattern?.test(text) ?? true;
}

function same(expected: number, got: number): boolean {
  return almostEqual(got, expected, EPSILON);
}

function describe(point: EvalCommand['expected'][number]['points'][number] | undefined): string {
  if (point === undefined || point.kind === 'omitted') return 'nothing';
  return point.kind === 'float' ? String(point.value) : `histogram ${point.text}`;
}
