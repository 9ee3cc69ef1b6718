import { histogramTestExpression } from '#server/histogram/format-histogram.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { isExpectedHistogram } from '#server/histogram/testing/compare-histograms.ts';
import { compareLabels, labelsKey } from '#server/timeseries/labels.ts';
import { almostEqual } from '../classic-buckets.ts';
import { formatLabels } from '../format-labels.ts';
import type { MatrixElement, QueryAnswer, VectorElement } from '../metrics-backend.ts';
import type { EvalCommand, Expectation } from './script.ts';
import type { SeriesPoint } from './series-description.ts';

const EPSILON = 1e-6;

/** Compares an answer with what a script expects; undefined when it fits, else the difference in words. */
export function compareAnswer(command: EvalCommand, { value }: QueryAnswer): string | undefined {
  switch (value.resultType) {
    case 'string':
      return value.result[1] === (command.expectedString ?? '') ? undefined : `expected string ${command.expectedString}, got ${value.result[1]}`;
    case 'scalar':
      if (command.expectedScalar === undefined) return `expected a vector, got scalar ${value.result[1]}`;
      return same(command.expectedScalar, value.result[1]) ? undefined : `expected ${command.expectedScalar}, got ${value.result[1]}`;
    case 'vector':
      return compareVector(command, value.result);
    case 'matrix':
      return compareMatrix(command, value.result);
  }
}

function compareVector(command: EvalCommand, result: readonly VectorElement[]): string | undefined {
  if (command.expectedScalar !== undefined) return 'expected a scalar, got a vector';
  const ordered = command.expectations.some((one) => one.type === 'ordered');
  const expected = new Map(command.expected.map((one, position) => [labelsKey(one.labels), { one, position }]));
  const rest = new Set(expected.keys());
  for (const [position, { metric, value, histogram }] of result.entries()) {
    const key = labelsKey(metric);
    const found = expected.get(key);
    const got = histogram ?? value[1];
    if (found === undefined) return `unexpected series ${formatLabels(metric)} = ${describe(got)}`;
    rest.delete(key);
    const [point] = found.one.points;
    if (!isPoint(point, got)) return `expected ${describePoint(point)} for ${formatLabels(metric)}, got ${describe(got)}`;
    if (ordered && found.position !== position) return `expected ${formatLabels(metric)} at position ${found.position + 1}, was at ${position + 1}`;
  }
  const [missing] = rest;
  return missing === undefined ? undefined : `missing series ${formatLabels(expected.get(missing)?.one.labels ?? {})}`;
}

function compareMatrix(command: EvalCommand, result: readonly MatrixElement[]): string | undefined {
  if (command.expectedScalar !== undefined) return 'expected a scalar, got a matrix';
  if (command.expectations.some((one) => one.type === 'ordered')) return 'expected an ordered result, got a matrix';
  if (result.some((one, i) => i > 0 && compareLabels(result[i - 1]?.metric ?? {}, one.metric) > 0)) return 'the series are not sorted by labels';
  const rest = new Map(command.expected.map((one) => [labelsKey(one.labels), one]));
  for (const element of result) {
    const key = labelsKey(element.metric);
    const expected = rest.get(key);
    if (expected === undefined) return `unexpected series ${describeSeries(element)}`;
    rest.delete(key);
    const difference = comparePoints(command, expected.points, element);
    if (difference !== undefined) return difference;
  }
  const [missing] = rest.values();
  return missing === undefined ? undefined : `missing series ${formatLabels(missing.labels)}`;
}

function comparePoints(command: EvalCommand, points: readonly SeriesPoint[], element: MatrixElement): string | undefined {
  const { start, end, step } = command.rangeVector ?? command;
  const wanted = points.map((point, i) => ({ time: start + i * step, point }));
  if (wanted.some(({ time }) => time > end)) return `expected ${points.length} points for ${formatLabels(element.metric)}, but the range has fewer steps`;
  for (const [kind, got] of [['float', element.values], ['histogram', element.histograms ?? []]] as const) {
    const ofKind = wanted.filter(({ point }) => point.kind === kind);
    if (ofKind.length !== got.length) return `expected ${ofKind.length} ${kind} points, got ${describeSeries(element)}`;
    for (const [i, { time, point }] of ofKind.entries()) {
      const [gotTime, value] = got[i] ?? [NaN, NaN];
      if (Math.round(gotTime * 1000) !== time) return `expected a point at ${time} for ${formatLabels(element.metric)}, got one at ${gotTime * 1000}`;
      if (!isPoint(point, value)) return `expected ${describePoint(point)} at ${time} for ${formatLabels(element.metric)}, got ${describe(value)}`;
    }
  }
  return undefined;
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
  return expectation.pattern === undefined || expectation.pattern.matcher(text).find();
}

function isPoint(point: SeriesPoint | undefined, got: number | FloatHistogram): boolean {
  if (point === undefined) return false;
  if (typeof got === 'number') return point.kind === 'float' && same(point.value, got);
  return point.kind === 'histogram' && isExpectedHistogram(point, got);
}

function same(expected: number, got: number): boolean {
  return almostEqual(got, expected, EPSILON);
}

function describe(value: number | FloatHistogram): string {
  return typeof value === 'number' ? String(value) : histogramTestExpression(value);
}

function describePoint(point: SeriesPoint | undefined): string {
  if (point === undefined || point.kind === 'omitted') return 'nothing';
  return describe(point.kind === 'float' ? point.value : point.histogram);
}

function describeSeries({ metric, values, histograms = [] }: MatrixElement): string {
  const points = [...values, ...histograms].map(([time, value]) => `${describe(value)}@${time}`);
  return `${formatLabels(metric)} ${points.join(' ')}`;
}
