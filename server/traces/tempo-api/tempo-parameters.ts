import { ServerError } from '#server/server-error.ts';
import { parseDurationText } from '../core/duration-text.ts';
import { parseLogfmtTags } from '../core/logfmt-tags.ts';
import { compare, joined } from '../jaeger-api/jaeger-search.ts';
import { firstOf, malformed, readInteger, readRfc3339 } from '../jaeger-api/read-parameters.ts';
import { readTraceQl } from '../traceql/check.ts';
import type { Attribute, FieldExpression, Intrinsic, SpansetExpression, Static, TraceQl } from '../traceql/ast.ts';

const SECOND = 1_000_000_000n;
const DEFAULT_RANGE = 3600n * SECOND;
const MAX_POINTS = 11_000n;

export interface NanoRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** `start` and `end` in Unix seconds (nanoseconds and RFC 3339 are taken too), or `since`; the last hour by default. The last second counts whole. Throws ServerError `bad-request`. */
export function readRange(query: URLSearchParams, nowMs: number): NanoRange {
  const start = firstOf(query, 'start');
  const end = firstOf(query, 'end');
  const since = firstOf(query, 'since');
  const now = BigInt(nowMs) * 1_000_000n;
  const to = end === undefined ? now : readTime(end, SECOND - 1n);
  const from = start === undefined ? to - (since === undefined ? DEFAULT_RANGE : duration(since)) : readTime(start, 0n);
  if (from > to) throw new ServerError('bad-request', `http parameter start must be before end. received start=${start?.value ?? ''} end=${end?.value ?? ''}`);
  return { from, to };
}

function readTime(given: { readonly name: string; readonly value: string }, rest: bigint): bigint {
  if (given.value.includes('T')) return readRfc3339(given);
  if (/^\d+\.\d+$/.test(given.value)) return BigInt(Math.round(Number(given.value) * 1e9));
  const number = readInteger(given);
  // What is too large for seconds of this millennium is nanoseconds already.
  return number > 100_000_000_000n ? number : number * SECOND + rest;
}

/** A duration with a unit, or seconds. */
function duration(given: { readonly name: string; readonly value: string }): bigint {
  if (/^\d+(\.\d+)?$/.test(given.value)) return BigInt(Math.round(Number(given.value) * 1e9));
  const result = parseDurationText(given.value);
  if (!result.ok) throw malformed(given.name, result.error.message);
  return result.value;
}

/** The time between points: as given, else about sixty of them. Throws ServerError `bad-request` when there would be too many. */
export function readStep(query: URLSearchParams, { from, to }: NanoRange): bigint {
  const given = firstOf(query, 'step');
  const wanted = given === undefined ? (to - from) / 60n : duration(given);
  const step = given === undefined && wanted < SECOND ? SECOND : wanted;
  if (step <= 0n || (to - from) / step > MAX_POINTS) throw malformed('step', `it must be above 0 and give at most ${MAX_POINTS} points`);
  return step;
}

/** A count from `low` on; `otherwise` when it is not given. Throws ServerError `bad-request`. */
export function readCount(query: URLSearchParams, name: string, otherwise: number, low: number, high: number): number {
  const given = firstOf(query, name);
  if (given === undefined) return otherwise;
  const value = Number(readInteger(given));
  if (value < low) throw malformed(name, `it must be at least ${low}`);
  return Math.min(value, high);
}

/** Reads a query of either use. Throws ServerError `bad-request` with every fault and its place. */
export function readQuery(text: string, use: 'search' | 'metrics'): TraceQl {
  const read = readTraceQl(text, use);
  if (read.ok) return read.query;
  const [first] = read.faults;
  const causes = read.faults.map((fault) => ({ message: fault.message, field: 'q', line: 1, column: fault.from + 1 }));
  throw new ServerError('bad-request', `invalid TraceQL query: parse error at line 1, col ${(first?.from ?? 0) + 1}: ${first?.message ?? ''}`, { causes });
}

/**
 * The search of `q`, or of `tags`, whose values are looked for in any case, as a part; of either only traces of
 * `minDuration` to `maxDuration`. Tempo forgets these beside `q`, but Kiali asks so.
 */
export function readSearchQuery(query: URLSearchParams): TraceQl {
  const q = firstOf(query, 'q');
  const tags = q === undefined ? firstOf(query, 'tags') : undefined;
  const read = tags === undefined ? undefined : parseLogfmtTags(tags.value);
  if (read !== undefined && !read.ok) throw malformed('tags', read.error.message);
  const min = firstOf(query, 'minDuration');
  const max = firstOf(query, 'maxDuration');
  const length: Intrinsic = { kind: 'intrinsic', name: 'trace:duration' };
  const conditions = [
    ...Object.entries(read?.value ?? {}).map(([key, value]) => tagCondition(key, value)),
    ...(min === undefined ? [] : [compare(length, '>=', { type: 'duration', value: duration(min) })]),
    ...(max === undefined ? [] : [compare(length, '<=', { type: 'duration', value: duration(max) })]),
  ];
  const condition = joined(conditions, '&&');
  const filter = { kind: 'filter', ...(condition === undefined ? {} : { condition }) } as const;
  if (q === undefined) return { pipeline: { kind: 'pipeline', stages: [filter] } };
  const asked = readQuery(q.value, 'search');
  return condition === undefined ? asked : { ...asked, pipeline: { ...asked.pipeline, stages: [...asked.pipeline.stages, filter] } };
}

function tagCondition(key: string, value: string): FieldExpression {
  if (key === 'status' && (value === 'error' || value === 'ok' || value === 'unset')) return compare({ kind: 'intrinsic', name: 'span:status' }, '=', { type: 'status', value });
  const at: FieldExpression = key === 'name' ? { kind: 'intrinsic', name: 'span:name' } : { kind: 'attribute', key };
  const part = compare(at, '=~', { type: 'string', value: `(?i).*${value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}.*` });
  const exact: Static[] = key === 'name' ? [] : /^-?\d{1,18}$/.test(value) ? [{ type: 'int', value: BigInt(value) }] : value === 'true' || value === 'false' ? [{ type: 'bool', value: value === 'true' }] : [];
  return joined([part, ...exact.map((wanted) => compare(at, '=', wanted))], '||') ?? part;
}

/** The attribute or intrinsic that a path or parameter names, as TraceQL writes it; a bare word that is no intrinsic is an attribute without a scope. Throws ServerError `bad-request`. */
export function readTag(text: string): Attribute | Intrinsic {
  const read = readTraceQl(`{ } | select(${text})`, 'search');
  const stage = read.ok ? read.query.pipeline.stages[1] : undefined;
  const [field, ...more] = stage?.kind === 'select' ? stage.fields : [];
  if (field !== undefined && more.length === 0) return field.kind === 'intrinsic' ? { kind: 'intrinsic', name: field.name } : field;
  if (!/^\.|^(?:span|resource|event|link|instrumentation|parent)\.|[()|{}]/.test(text) && text !== '') return { kind: 'attribute', key: text };
  throw new ServerError('bad-request', `"${text}" is not a tag`, { hint: 'Write it as TraceQL does: resource.service.name, span.http.route, status.' });
}

/** What the conditions of a query look at, which is given with every span it finds, as Tempo does. */
export function fieldsAskedFor({ pipeline }: TraceQl): (Attribute | Intrinsic)[] {
  const found = new Map<string, Attribute | Intrinsic>();
  const look = (expression: FieldExpression): void => {
    const left: FieldExpression[] = [expression];
    for (let e = left.pop(); e !== undefined; e = left.pop()) {
      if (e.kind === 'attribute') found.set(`${e.scope ?? ''}.${e.key}`, { kind: 'attribute', key: e.key, ...(e.scope === undefined ? {} : { scope: e.scope }) });
      // Its name and duration are given with a span in any case.
      else if (e.kind === 'intrinsic' && e.name !== 'span:name' && e.name !== 'span:duration') found.set(e.name, { kind: 'intrinsic', name: e.name });
      else if (e.kind === 'unary') left.push(e.of);
      else if (e.kind === 'binary') left.push(e.right, e.left);
    }
  };
  const stack: SpansetExpression[] = [pipeline];
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (e.kind === 'filter' && e.condition !== undefined) look(e.condition);
    else if (e.kind === 'spansets') stack.push(e.right, e.left);
    else if (e.kind === 'pipeline') for (const stage of e.stages) if (stage.kind === 'filter' || stage.kind === 'spansets' || stage.kind === 'pipeline') stack.push(stage);
  }
  return [...found.values()];
}
