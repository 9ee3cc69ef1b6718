import { METRIC_NAME } from '#server/timeseries/labels.ts';
import type { AtModifier, Binary, DurationExpr, Expr, Subquery, VectorSelector } from '../ast.ts';
import { takesParameter } from '../ast.ts';
import { formatDurationMs } from '../durations.ts';
import { formatGoFloat, formatGoG } from '../go-number.ts';
import { isPlainLabelName, quote } from '../go-string.ts';

/** The canonical text of an expression on one line; parsing it gives the same tree. Source: promql/parser/printer.go. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return expr.duration ? formatDurationMs(expr.value * 1000) : formatGoFloat(expr.value);
    case 'string':
      return quote(expr.value);
    case 'paren':
      return `(${printExpr(expr.expr)})`;
    case 'unary':
      return `${expr.op}${printExpr(expr.expr)}`;
    case 'vector-selector':
      return `${printBareSelector(expr)}${printAt(expr.at)}${printExtended(expr)}${printOffset(expr.offset)}`;
    case 'matrix-selector': {
      const { selector } = expr;
      return `${printBareSelector(selector)}[${printDuration(expr.range)}]${printExtended(selector)}${printAt(selector.at)}${printOffset(selector.offset)}`;
    }
    case 'subquery':
      return `${printExpr(expr.expr)}${printSubquerySuffix(expr)}`;
    case 'call':
      return `${expr.func}(${expr.args.map(printExpr).join(', ')})`;
    case 'aggregate': {
      const labels = expr.grouping.map(printLabelName).join(', ');
      const modifier = expr.without ? ` without (${labels}) ` : expr.grouping.length > 0 ? ` by (${labels}) ` : '';
      const param = takesParameter(expr.op) && expr.param !== undefined ? `${printExpr(expr.param)}, ` : '';
      return `${expr.op}${modifier}(${param}${printExpr(expr.expr)})`;
    }
    case 'binary':
      return `${printExpr(expr.left)} ${expr.op}${expr.returnBool ? ' bool' : ''}${printMatching(expr)} ${printExpr(expr.right)}`;
  }
}

function printBareSelector(selector: VectorSelector): string {
  const parts = selector.matchers
    .filter(({ name, op, value }) => !(name === METRIC_NAME && op === '=' && value === selector.name && value !== ''))
    .map(({ name, op, value }) => `${printLabelName(name)}${op}${quote(value)}`)
    .sort();
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
  if (offset === undefined || (offset.kind === 'number' && offset.seconds === 0)) return '';
  return ` offset ${printDuration(offset)}`;
}

function printSubquerySuffix(expr: Subquery): string {
  return `[${printDuration(expr.range)}:${expr.step === undefined ? '' : printDuration(expr.step)}]${printAt(expr.at)}${printOffset(expr.offset)}`;
}

function printDuration(duration: DurationExpr): string {
  switch (duration.kind) {
    case 'number':
      return formatDurationMs(duration.seconds * 1000);
    case 'step':
    case 'range':
      return `${duration.kind}()`;
    case 'negate':
      return `-${printDuration(duration.operand)}`;
    case 'paren':
      return `(${printDuration(duration.operand)})`;
    case 'binary':
      if (duration.op === 'min_of' || duration.op === 'max_of') return `${duration.op}(${printDuration(duration.left)}, ${printDuration(duration.right)})`;
      return `${printDuration(duration.left)} ${duration.op} ${printDuration(duration.right)}`;
  }
}

function printMatching({ matching }: Binary): string {
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

function printLabelName(name: string): string {
  return isPlainLabelName(name) ? name : quote(name);
}
