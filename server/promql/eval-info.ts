import { compileMatcher } from '#server/timeseries/label-matcher.ts';
import { labelsFromEntries, labelsKey, labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { LabelMatcher, Labels } from '#server/timeseries/storage.ts';
import type { Expr, VectorSelector } from './ast.ts';
import { executionError, resolveAt, resolveDuration, SAME_LABELSET, type EvalContext, type QueryScope } from './eval-context.ts';
import type { Evaluate } from './eval-range-vector.ts';
import { evalVectorSelector } from './eval-selector.ts';
import { formatLabels } from './format-labels.ts';
import { StepMatrix } from './step-matrix.ts';

/** The labels by which a series and the info series about it are the same target. */
const IDENTIFYING_LABELS = ['instance', 'job'] as const;
const DEFAULT_INFO: LabelMatcher = { name: METRIC_NAME, op: '=', value: 'target_info' };
const ANY_INFO: LabelMatcher = { name: METRIC_NAME, op: '=~', value: '.+_info' };

/** info(v, {…}): adds to each series the labels of the info series about the same target. Source: promql/info.go. */
export function evalInfo(arg: Expr, selector: Expr | undefined, context: EvalContext, evaluate: Evaluate): StepMatrix {
  const input = evaluate(arg, context);
  const matchers = selector?.kind === 'vector-selector' ? selector.matchers : [];
  const dataMatchers = Map.groupBy(matchers.filter(({ name }) => name !== METRIC_NAME), ({ name }) => name);
  const nameMatchers = effectiveNameMatchers(matchers.filter(({ name }) => name === METRIC_NAME));
  const compiled = nameMatchers.map((matcher) => compileMatcher(matcher));
  const isInfo = input.labels.map((labels) => compiled.every((matcher) => matcher.matches(labelValue(labels, METRIC_NAME))));
  const targets = input.labels.filter((_, row) => isInfo[row] !== true);
  const info = selectInfo(targets, [...[...dataMatchers.values()].flat(), ...nameMatchers], arg, context);
  return new Enrichment(input, isInfo, info, dataMatchers, context).run();
}

/** Without a positive matcher of the name any info metric is meant, without any matcher `target_info`. */
function effectiveNameMatchers(matchers: readonly LabelMatcher[]): readonly LabelMatcher[] {
  if (matchers.length === 0) return [DEFAULT_INFO];
  return matchers.some(({ op }) => op === '=' || op === '=~') ? matchers : [ANY_INFO, ...matchers];
}

/** The info series of all targets; a cell is the time (s) of the newest sample. Undefined when no series names a target. */
function selectInfo(targets: readonly Labels[], matchers: readonly LabelMatcher[], arg: Expr, context: EvalContext): StepMatrix | undefined {
  const identifying: LabelMatcher[] = [];
  for (const name of IDENTIFYING_LABELS) {
    const values = new Set(targets.map((labels) => labelValue(labels, name)).filter((value) => value !== ''));
    if (values.size > 0) identifying.push({ name, op: '=~', value: [...values].map(quoteMeta).join('|') });
  }
  if (identifying.length === 0) return undefined;
  const span = arg.span;
  const { at, offset } = referenceTime(arg, context.scope);
  const selector: VectorSelector = {
    kind: 'vector-selector',
    name: '',
    matchers: [...identifying, ...matchers],
    offset: { kind: 'number', seconds: offset / 1000, duration: true, span },
    ...(at === undefined ? {} : { at: { kind: 'time', ms: at } }),
    span,
  };
  const values = evalVectorSelector(selector, context, 'value');
  for (let row = 0; row < values.rows && values.hasHistograms; row++) {
    for (let step = 0; step < values.steps; step++) {
      if (values.histogramAt(row, step) !== undefined) throw executionError(`this should be an info metric, with float samples: ${formatLabels(values.labels[row] ?? {})}`);
    }
  }
  return evalVectorSelector(selector, context, 'time');
}

/** The `@` time and the offset (ms) of the first selector in an expression, those of the subqueries around it included. */
function referenceTime(expr: Expr, scope: QueryScope): { readonly at: number | undefined; readonly offset: number } {
  return findReference(expr, scope) ?? { at: undefined, offset: 0 };
}

function findReference(expr: Expr, scope: QueryScope): { readonly at: number | undefined; readonly offset: number } | undefined {
  const firstOf = (children: readonly Expr[]): ReturnType<typeof findReference> => {
    for (const child of children) {
      const found = findReference(child, scope);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  switch (expr.kind) {
    case 'vector-selector':
      return { at: resolveAt(expr.at, scope), offset: resolveDuration(expr.offset, scope, true) };
    case 'matrix-selector':
      return findReference(expr.selector, scope);
    case 'subquery': {
      const inner = findReference(expr.expr, scope);
      if (inner === undefined || inner.at !== undefined) return inner;
      return { at: resolveAt(expr.at, scope), offset: inner.offset + resolveDuration(expr.offset, scope, true) };
    }
    case 'paren':
    case 'unary':
      return findReference(expr.expr, scope);
    case 'aggregate':
      return firstOf(expr.param === undefined ? [expr.expr] : [expr.expr, expr.param]);
    case 'binary':
      return firstOf([expr.left, expr.right]);
    case 'call':
      return firstOf(expr.args);
    case 'number':
    case 'string':
      return undefined;
  }
}

class Enrichment {
  readonly #input: StepMatrix;
  readonly #isInfo: readonly boolean[];
  readonly #info: StepMatrix | undefined;
  readonly #dataMatchers: ReadonlyMap<string, readonly LabelMatcher[]>;
  readonly #context: EvalContext;
  readonly #infoKeys: readonly string[];
  /** For each row of the input the keys that info series about it have, one for each info metric. */
  readonly #baseKeys: readonly (readonly string[])[];
  readonly #requiresInfo: boolean;
  readonly #out: StepMatrix;
  readonly #rowOf = new Map<string, number>();
  readonly #labelsOf = new Map<string, Labels>();

  constructor(input: StepMatrix, isInfo: readonly boolean[], info: StepMatrix | undefined, dataMatchers: ReadonlyMap<string, readonly LabelMatcher[]>, context: EvalContext) {
    this.#input = input;
    this.#isInfo = isInfo;
    this.#info = info;
    this.#dataMatchers = dataMatchers;
    this.#context = context;
    const names = [...new Set(info?.labels.map((labels) => labelValue(labels, METRIC_NAME)))];
    this.#infoKeys = info?.labels.map((labels) => targetKey(labelValue(labels, METRIC_NAME), labels)) ?? [];
    this.#baseKeys = input.labels.map((labels) => names.map((name) => targetKey(name, labels)));
    this.#requiresInfo = [...dataMatchers.values()].flat().some((matcher) => !compileMatcher(matcher).matchesEmpty);
    this.#out = new StepMatrix(input.steps, input.rows);
  }

  run(): StepMatrix {
    for (let step = 0; step < this.#input.steps; step++) {
      this.#context.scope.checkpoint();
      if (!this.#input.anyAt(step)) continue;
      const infoOf = this.#infoAt(step);
      for (let row = 0; row < this.#input.rows; row++) if (this.#input.has(row, step)) this.#enrich(row, step, infoOf);
    }
    return this.#out;
  }

  /** The newest info series about each target at a step. */
  #infoAt(step: number): ReadonlyMap<string, number> {
    const newest = new Map<string, number>();
    for (let row = 0; row < (this.#info?.rows ?? 0); row++) {
      if (this.#info?.has(row, step) !== true) continue;
      const key = this.#infoKeys[row] ?? '';
      const other = newest.get(key);
      const time = this.#info.get(row, step);
      const otherTime = other === undefined ? -Infinity : this.#info.get(other, step);
      if (other !== undefined && otherTime === time) {
        const [existing, added] = [other, row].map((one) => formatLabels(this.#info?.labels[one] ?? {}));
        const ms = Math.round(time * 1000);
        throw executionError(`found duplicate series for info metric: existing ${existing} @ ${ms}, new ${added} @ ${ms}`);
      }
      if (time > otherTime) newest.set(key, row);
    }
    return newest;
  }

  #enrich(row: number, step: number, infoOf: ReadonlyMap<string, number>): void {
    const own = this.#input.labels[row] ?? {};
    let labels = own;
    if (this.#isInfo[row] !== true) {
      const infos = (this.#baseKeys[row] ?? []).flatMap((key) => infoOf.get(key) ?? []);
      if (infos.length === 0 && this.#requiresInfo) return;
      labels = this.#enriched(row, own, infos);
    }
    const key = labelsKey(labels);
    let target = this.#rowOf.get(key);
    if (target === undefined) this.#rowOf.set(key, (target = this.#out.addRow(labels, this.#input.dropName[row] === true)));
    if (this.#out.has(target, step)) throw executionError(SAME_LABELSET);
    this.#input.copyCell(row, step, this.#out, target);
  }

  #enriched(row: number, own: Labels, infos: readonly number[]): Labels {
    const key = `${row}:${infos.join()}`;
    let labels = this.#labelsOf.get(key);
    if (labels === undefined) this.#labelsOf.set(key, (labels = this.#merge(own, infos)));
    return labels;
  }

  #merge(own: Labels, infos: readonly number[]): Labels {
    const added = new Map<string, string>();
    for (const info of infos) {
      for (const [name, value] of Object.entries(this.#info?.labels[info] ?? {})) {
        if (name === METRIC_NAME || (this.#dataMatchers.size > 0 && !this.#dataMatchers.has(name))) continue;
        const other = added.get(name);
        if (other !== undefined && other !== value) throw executionError(`conflicting label: ${name}`);
        if (labelValue(own, name) === '') added.set(name, value);
      }
    }
    return labelsFromEntries([...Object.entries(own), ...added]);
  }
}

function targetKey(name: string, labels: Labels): string {
  return [name, ...IDENTIFYING_LABELS.map((label) => labelValue(labels, label))].join('\u0000');
}

/** Takes the meaning from the characters that have one in RE2 (Go's regexp.QuoteMeta). */
function quoteMeta(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}
