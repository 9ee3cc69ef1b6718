import { METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Aggregate, AtModifier, Binary, DurationExpr, Expr, Subquery, VectorSelector } from './ast.ts';
import { takesParameter } from './ast.ts';
import { typeOf } from './check-types.ts';
import { formatDurationMs } from './durations.ts';
import { formatGoFloat, formatGoG } from './go-number.ts';
import { isPlainLabelName, quote } from './go-string.ts';

/** Longest line, in bytes of UTF-8, that `prettyExpr` does not split. */
const MAX_LINE = 100;

/** The canonical text of an expression on one line; parsing it gives the same tree (less a `+` before a computed offset). Source: promql/parser/printer.go. */
export function formatExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return expr.duration ? formatDurationMs(expr.value * 1000) : formatGoFloat(expr.value);
    case 'string':
      return quote(expr.value);
    case 'paren':
      return `(${formatExpr(expr.expr)})`;
    case 'unary':
      return `${expr.op}${formatExpr(expr.expr)}`;
    case 'vector-selector':
      return `${printBareSelector(expr)}${printAt(expr.at)}${printExtended(expr)}${printOffset(expr.offset)}`;
    case 'matrix-selector': {
      const { selector } = expr;
      return `${printBareSelector(selector)}[${printWholeDuration(expr.range)}]${printExtended(selector)}${printAt(selector.at)}${printOffset(selector.offset)}`;
    }
    case 'subquery':
      return `${formatExpr(expr.expr)}${printSubquerySuffix(expr)}`;
    case 'call':
      return `${expr.func}(${expr.args.map(formatExpr).join(', ')})`;
    case 'aggregate': {
      const param = takesParameter(expr.op) && expr.param !== undefined ? `${formatExpr(expr.param)}, ` : '';
      return `${aggregateHead(expr)}(${param}${formatExpr(expr.expr)})`;
    }
    case 'binary':
      return `${printLeft(expr)} ${operatorHead(expr)} ${formatExpr(expr.right)}`;
  }
}

/** The left side of an operator. A sign binds less than a power, so infinity has none there: the reference prints `+Inf ^ 2`, which it reads as `+(Inf ^ 2)`. */
function printLeft({ op, left }: Binary): string {
  return op === '^' && left.kind === 'number' && left.value === Infinity ? 'Inf' : formatExpr(left);
}

/**
 * The canonical text of an expression over as many lines as it needs: what is longer than a line is split into its parts, which
 * are indented below it. Source: promql/parser/prettier.go.
 */
export function prettyExpr(expr: Expr): string {
  return pretty(expr, 0);
}

function pretty(expr: Expr, level: number): string {
  const indent = '  '.repeat(level);
  if (expr.kind === 'unary') return `${indent}${expr.op}${pretty(expr.expr, level).trim()}`;
  const line = formatExpr(expr);
  // The reference does not indent a subquery that needs no split.
  if (Buffer.byteLength(line) <= MAX_LINE) return expr.kind === 'subquery' ? line : indent + line;
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector-selector':
    case 'matrix-selector':
      return indent + line;
    case 'paren':
      return `${indent}(\n${pretty(expr.expr, level + 1)}\n${indent})`;
    case 'subquery':
      return `${pretty(expr.expr, level)}${printSubquerySuffix(expr)}`;
    case 'call':
      return `${indent}${expr.func}(\n${expr.args.map((arg) => pretty(arg, level + 1)).join(',\n')}\n${indent})`;
    case 'aggregate': {
      const param = takesParameter(expr.op) && expr.param !== undefined ? `${pretty(expr.param, level + 1)},\n` : '';
      return `${indent}${aggregateHead(expr)}(\n${param}${pretty(expr.expr, level + 1)}\n${indent})`;
    }
    case 'binary':
      return `${expr.left.kind === 'number' ? `${indent}  ${printLeft(expr)}` : pretty(expr.left, level + 1)}\n${indent}${operatorHead(expr)}\n${pretty(expr.right, level + 1)}`;
  }
}

function aggregateHead({ op, grouping, without }: Aggregate): string {
  const labels = grouping.map(printLabelName).join(', ');
  return without ? `${op} without (${labels}) ` : grouping.length > 0 ? `${op} by (${labels}) ` : op;
}

function operatorHead(expr: Binary): string {
  return `${expr.op}${expr.returnBool ? ' bool' : ''}${printMatching(expr)}`;
}

function printBareSelector(selector: VectorSelector): string {
  const parts = selector.matchers
    .filter(({ name, op, value }) => !(name === METRIC_NAME && op === '=' && value === selector.name && value !== ''))
    .map(({ name, op, value }) => `${printLabelName(name)}${op}${quote(value)}`)
    .sort(compareBytes);
  return parts.length === 0 ? selector.name || '{}' : `${selector.name}{${parts.join(',')}}`;
}

function printExtended(selector: VectorSelector): string {
  return selector.extended === undefined ? '' : ` ${selector.extended}`;
}

function printAt(at: AtModifier | undefined): string {
  if (at === undefined) return '';
  return at.kind === 'time' ? ` @ ${(at.ms / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
}

function printOffset(offset: DurationExpr | undefined): string {
  // An offset of less than a nanosecond is none.
  if (offset === undefined || (offset.kind === 'number' && Math.round(offset.seconds * 1e9) === 0)) return '';
  return ` offset ${printWholeDuration(offset)}`;
}

function printSubquerySuffix(expr: Subquery): string {
  return `[${printWholeDuration(expr.range)}:${expr.step === undefined ? '' : printWholeDuration(expr.step)}]${printAt(expr.at)}${printOffset(expr.offset)}`;
}

/** A duration that is not part of a computed one: always with units. */
function printWholeDuration(duration: DurationExpr): string {
  return duration.kind === 'number' ? formatDurationMs(duration.seconds * 1000) : printDuration(duration);
}

function printDuration(duration: DurationExpr): string {
  switch (duration.kind) {
    case 'number':
      return duration.duration ? formatDurationMs(duration.seconds * 1000) : formatGoFloat(duration.seconds);
    case 'step':
    case 'range':
      return `${duration.kind}()`;
    case 'unary':
      // A plus is not printed, as in the reference.
      return `${duration.op === '-' ? '-' : ''}${printDuration(duration.operand)}`;
    case 'paren':
      return duration.operand.kind === 'paren' ? printDuration(duration.operand) : `(${printDuration(duration.operand)})`;
    case 'binary':
      if (duration.op === 'min_of' || duration.op === 'max_of') return `${duration.op}(${printDuration(duration.left)}, ${printDuration(duration.right)})`;
      return `${printDuration(duration.left)} ${duration.op} ${printDuration(duration.right)}`;
  }
}

function printMatching({ matching, left, right }: Binary): string {
  // Modifiers between scalars have no meaning and are dropped.
  if (matching.labels.length === 0 && (typeOf(left) !== 'vector' || typeOf(right) !== 'vector')) return '';
  const labels = matching.labels.map(printLabelName).join(', ');
  const grouped = matching.card === 'many-to-one' || matching.card === 'one-to-many';
  let out = matching.labels.length > 0 || matching.on || grouped ? ` ${matching.on ? 'on' : 'ignoring'} (${labels})` : '';
  if (grouped) out += ` group_${matching.card === 'many-to-one' ? 'left' : 'right'} (${matching.include.map(printLabelName).join(', ')})`;
  const { fillLeft, fillRight } = matching;
  if (fillLeft !== undefined && fillLeft === fillRight) return `${out} fill (${formatGoG(fillLeft)})`;
  if (fillLeft !== undefined) out += ` fill_left (${formatGoG(fillLeft)})`;
  if (fillRight !== undefined) out += ` fill_right (${formatGoG(fillRight)})`;
  return out;
}

/** Go orders strings by bytes; that differs from UTF-16 beyond the basic plane. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function printLabelName(name: string): string {
  return isPlainLabelName(name) ? name : quote(name);
}
