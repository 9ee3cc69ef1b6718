import type { LabelMatcher } from '#server/timeseries/storage.ts';

/** The typed tree of a PromQL expression. Shape: Prometheus promql/parser/ast.go. Offsets are UTF-16 units of the query. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type ValueType = 'vector' | 'scalar' | 'matrix' | 'string';

/** A duration, perhaps computed from the query's step and range. Seconds. */
export type DurationExpr =
  | { readonly kind: 'number'; readonly seconds: number; /** Written with units (`5m`). */ readonly duration: boolean; readonly span: Span }
  | { readonly kind: 'step' | 'range'; readonly span: Span }
  | { readonly kind: 'unary'; readonly op: '+' | '-'; readonly operand: DurationExpr; readonly span: Span }
  | { readonly kind: 'paren'; readonly operand: DurationExpr; readonly span: Span }
  | { readonly kind: 'binary'; readonly op: '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of'; readonly left: DurationExpr; readonly right: DurationExpr; readonly span: Span };

/** `@ 12.5`, `@ start()`, `@ end()`. */
export type AtModifier = { readonly kind: 'time'; readonly ms: number } | { readonly kind: 'start' } | { readonly kind: 'end' };

export interface VectorSelector {
  readonly kind: 'vector-selector';
  /** The name outside the braces; '' when there is none. */
  readonly name: string;
  /** All matchers, the one for `name` last. */
  readonly matchers: readonly LabelMatcher[];
  readonly offset?: DurationExpr;
  readonly at?: AtModifier;
  readonly extended?: 'anchored' | 'smoothed';
  readonly span: Span;
}
export interface MatrixSelector {
  readonly kind: 'matrix-selector';
  readonly selector: VectorSelector;
  readonly range: DurationExpr;
  readonly span: Span;
}
export interface Subquery {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly range: DurationExpr;
  readonly step?: DurationExpr;
  readonly offset?: DurationExpr;
  readonly at?: AtModifier;
  readonly span: Span;
}
export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration (`5m`). */
  readonly duration: boolean;
  readonly span: Span;
}
export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly span: Span;
}
export interface Paren {
  readonly kind: 'paren';
  readonly expr: Expr;
  readonly span: Span;
}
export interface Unary {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
  readonly span: Span;
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOp = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type TrimOp = '</' | '>/';
export type SetOp = 'and' | 'or' | 'unless';
export type BinaryOp = ArithmeticOp | ComparisonOp | TrimOp | SetOp;

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
export interface VectorMatching {
  readonly card: Cardinality;
  readonly on: boolean;
  readonly labels: readonly string[];
  /** The labels in `group_left(…)` or `group_right(…)`. */
  readonly include: readonly string[];
  readonly fillLeft?: number;
  readonly fillRight?: number;
}
export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  readonly returnBool: boolean;
  readonly matching: VectorMatching;
  /** Whether any matching modifier was written: only that is an error between scalars. */
  readonly span: Span;
}

export type AggregateOp = 'sum' | 'avg' | 'min' | 'max' | 'count' | 'group' | 'stddev' | 'stdvar' | 'topk' | 'bottomk' | 'quantile' | 'count_values' | 'limitk' | 'limit_ratio';
export interface Aggregate {
  readonly kind: 'aggregate';
  readonly op: AggregateOp;
  readonly expr: Expr;
  readonly param?: Expr;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly span: Span;
}
export interface Call {
  readonly kind: 'call';
  readonly func: string;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export type Expr = VectorSelector | MatrixSelector | Subquery | NumberLiteral | StringLiteral | Paren | Unary | Binary | Aggregate | Call;

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const SETS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);
const WITH_PARAM: ReadonlySet<string> = new Set(['topk', 'bottomk', 'quantile', 'count_values', 'limitk', 'limit_ratio']);

/** Does the operator compare, and so filter unless `bool` follows? */
export function isComparison(op: BinaryOp): op is ComparisonOp {
  return COMPARISONS.has(op);
}
/** Is it `and`, `or` or `unless`? */
export function isSetOperator(op: BinaryOp): op is SetOp {
  return SETS.has(op);
}
/** Whether an aggregation takes a parameter before its vector. */
export function takesParameter(op: AggregateOp): boolean {
  return WITH_PARAM.has(op);
}

/** The expression inside any number of parentheses. */
export function unwrapParens(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrapParens(expr.expr) : expr;
}

/** The direct sub-expressions of a node. */
function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'matrix-selector':
      return [expr.selector];
    case 'subquery':
    case 'paren':
    case 'unary':
      return [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.expr, expr.param];
    case 'call':
      return expr.args;
    case 'vector-selector':
    case 'number':
    case 'string':
      return [];
  }
}

/** Calls `visit` for a node and everything below it. */
export function walkExpr(expr: Expr, visit: (node: Expr) => void): void {
  visit(expr);
  for (const child of childrenOf(expr)) walkExpr(child, visit);
}
