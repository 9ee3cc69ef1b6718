import { compileRegex } from '#mesh-core/domain/decide/compile-regex.ts';
import type { ArithmeticOperator, BinaryExpression, ComparisonOperator, FieldExpression } from '../ast.ts';
import { fieldsOf, itemOwnerOf } from '../check.ts';
import { type Column, combine, type Mask, maskOf, maskOfCodes, valueAt } from './column.ts';
import type { Domain, SegmentFields } from './fields.ts';
import { compareByLookup, presentByLookup } from './lookup.ts';
import { arithmetic, comparison, FALSE, isNumber, NIL, onFloats, TRUE, type Value } from './values.ts';

/**
 * Where a condition holds. What it says of events (or links) between `&&` is asked of one and the same event: a span
 * matches when one of its events satisfies it all. Conditions must have been checked (check.ts).
 */
export function evaluateCondition(condition: FieldExpression, fields: SegmentFields): Mask {
  return conditionIn(condition, fields, 'span');
}

/** The values of an expression over the rows of a domain. */
export function evaluateColumn(node: FieldExpression, fields: SegmentFields, domain: Domain = 'span'): Column {
  const rows = fields.rows(domain);
  switch (node.kind) {
    case 'static':
      return { kind: 'constant', value: node.value };
    case 'attribute':
    case 'intrinsic':
      return fields.column(node, domain);
    case 'jaeger-tag':
      return { kind: 'mask', mask: conditionIn(node, fields, domain) };
    case 'unary': {
      if (node.operator === '!') return node.of.kind === 'attribute' ? combine(evaluateColumn(node.of, fields, domain), { kind: 'constant', value: NIL }, rows, inverted) : { kind: 'mask', mask: conditionIn(node, fields, domain) };
      return calculate('-', { kind: 'constant', value: { type: 'int', value: 0n } }, evaluateColumn(node.of, fields, domain), rows);
    }
    case 'binary': {
      const { operator } = node;
      if (isArithmetic(operator)) return calculate(operator, evaluateColumn(node.left, fields, domain), evaluateColumn(node.right, fields, domain), rows);
      return { kind: 'mask', mask: conditionIn(node, fields, domain) };
    }
  }
}

function conditionIn(node: FieldExpression, fields: SegmentFields, domain: Domain): Mask {
  const rows = fields.rows(domain);
  if (node.kind === 'jaeger-tag') {
    const mask = fields.jaegerTag(node);
    return domain === 'span' ? mask : Uint8Array.from(fields.spanRows(domain), (row) => mask[row] ?? 0);
  }
  if (node.kind === 'binary' && node.operator === '&&') return conjunction(operandsOf(node), fields, domain);
  if (domain === 'span') {
    const owner = soleItemOwner(node);
    if (owner !== undefined) return fields.anyOf(conditionIn(node, fields, owner), owner);
  }
  if (node.kind === 'binary' && node.operator === '||') {
    const mask = conditionIn(node.left, fields, domain);
    return mask.includes(0) ? either(mask, conditionIn(node.right, fields, domain)) : mask;
  }
  if (node.kind === 'unary' && node.operator === '!' && node.of.kind !== 'attribute') {
    const of = conditionIn(node.of, fields, domain);
    return of.map((bit) => 1 - bit);
  }
  if (node.kind === 'binary' && !isArithmetic(node.operator)) return compare(node, fields, domain);
  return maskOf(evaluateColumn(node, fields, domain), rows);
}

/** All of them, and of those that look at events (or links) only, all on one event. Gives up as soon as nothing is left. */
function conjunction(operands: readonly FieldExpression[], fields: SegmentFields, domain: Domain): Mask {
  const owners = operands.map((node) => (domain === 'span' ? soleItemOwner(node) : undefined));
  let mask: Mask | undefined;
  const narrow = (next: Mask): boolean => {
    mask = mask === undefined ? next : both(mask, next);
    return mask.includes(1);
  };
  for (const [i, node] of operands.entries()) if (owners[i] === undefined && !narrow(conditionIn(node, fields, domain))) break;
  for (const owner of ['event', 'link'] as const) {
    const ofItems = operands.filter((_, i) => owners[i] === owner);
    if (ofItems.length === 0 || mask?.includes(1) === false) continue;
    narrow(fields.anyOf(conjunction(ofItems, fields, owner), owner));
  }
  return mask ?? new Uint8Array(fields.rows(domain)).fill(1);
}

/** Of `a && b && c` all three. */
function operandsOf(node: BinaryExpression): FieldExpression[] {
  const operands: FieldExpression[] = [];
  let rest: FieldExpression = node;
  while (rest.kind === 'binary' && rest.operator === '&&') {
    operands.unshift(...(rest.right.kind === 'binary' && rest.right.operator === '&&' ? operandsOf(rest.right) : [rest.right]));
    rest = rest.left;
  }
  return [rest, ...operands];
}

/** Events or links, if this can be asked of a single one: it looks at one, and negates nothing. Negation is about the span. */
function soleItemOwner(node: FieldExpression): 'event' | 'link' | undefined {
  if (node.kind === 'unary' && node.operator === '!') return undefined;
  if (node.kind === 'binary' && (node.operator === '||' || node.operator === '&&')) {
    const owner = soleItemOwner(node.left);
    return owner !== undefined && owner === soleItemOwner(node.right) ? owner : undefined;
  }
  const owners = new Set(fieldsOf(node).map((f) => (f.parent === true ? undefined : itemOwnerOf(f))));
  return owners.has('event') ? 'event' : owners.has('link') ? 'link' : undefined;
}

function compare({ operator, left, right }: BinaryExpression, fields: SegmentFields, domain: Domain): Mask {
  const rows = fields.rows(domain);
  const op = operator as ComparisonOperator;
  for (const [nil, other] of [[left, right], [right, left]] as const) {
    if (nil.kind !== 'static' || nil.value.type !== 'nil') continue;
    const stored = other.kind === 'attribute' ? fields.lookup(other, domain) : undefined;
    if (stored !== undefined && op === '!=') return presentByLookup(stored, rows);
    return nilMask(evaluateColumn(other, fields, domain), rows, op === '=');
  }
  const matches = comparison(op, right.kind === 'static' && right.value.type === 'string' ? regexOf(right.value.value, op) : () => false);
  const stored = left.kind === 'attribute' && right.kind === 'static' ? fields.lookup(left, domain) : undefined;
  if (stored !== undefined && right.kind === 'static') return compareByLookup(stored, op, right.value, matches, rows);
  const leftColumn = evaluateColumn(left, fields, domain);
  const rightColumn = evaluateColumn(right, fields, domain);
  if (rightColumn.kind === 'constant') return compareWith(leftColumn, rightColumn.value, op, matches, rows);
  if (leftColumn.kind === 'constant') return compareWith(rightColumn, leftColumn.value, MIRRORED[op], (a, b) => matches(b, a), rows);
  return maskOf(combine(leftColumn, rightColumn, rows, (a, b) => (matches(a, b) ? TRUE : FALSE)), rows);
}
const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=~': '=~', '!~': '!~' };

function compareWith(column: Column, value: Value, operator: ComparisonOperator, matches: (a: Value, b: Value) => boolean, rows: number): Mask {
  if (column.kind === 'codes') return maskOfCodes(column.codes, column.values.map((v) => matches(v, value)), rows);
  if (column.kind === 'constant') return new Uint8Array(rows).fill(matches(column.value, value) ? 1 : 0);
  if (column.kind === 'ids' && value.type === 'string' && (operator === '=' || operator === '!=')) return compareIds(column, value.value, operator === '=', rows);
  const mask = new Uint8Array(rows);
  if (column.kind === 'numbers' && isNumber(value)) {
    const { values, exact } = column;
    const bound = Number(value.value);
    compareNumbers(values, operator, bound, mask);
    for (const row of exact?.keys() ?? []) mask[row] = matches(valueAt(column, row), value) ? 1 : 0;
    return mask;
  }
  for (let row = 0; row < rows; row++) mask[row] = matches(valueAt(column, row), value) ? 1 : 0;
  return mask;
}

/** One loop for each operator: what decides is out of the loop. */
function compareNumbers(values: Float64Array, operator: ComparisonOperator, bound: number, mask: Mask): void {
  const { length } = values;
  if (operator === '>') for (let i = 0; i < length; i++) mask[i] = (values[i] ?? 0) > bound ? 1 : 0;
  else if (operator === '>=') for (let i = 0; i < length; i++) mask[i] = (values[i] ?? 0) >= bound ? 1 : 0;
  else if (operator === '<') for (let i = 0; i < length; i++) mask[i] = (values[i] ?? 0) < bound ? 1 : 0;
  else if (operator === '<=') for (let i = 0; i < length; i++) mask[i] = (values[i] ?? 0) <= bound ? 1 : 0;
  else if (operator === '=') for (let i = 0; i < length; i++) mask[i] = values[i] === bound ? 1 : 0;
  else if (operator === '!=') for (let i = 0; i < length; i++) mask[i] = values[i] !== bound && !Number.isNaN(values[i]) ? 1 : 0;
}

/** Ids are compared as numbers are: zeros in front do not matter, nor does the case. */
function compareIds({ bytes, width, at }: Extract<Column, { kind: 'ids' }>, text: string, equal: boolean, rows: number): Mask {
  const digits = text.toLowerCase().replace(/^0+/, '');
  const possible = /^[\da-f]*$/.test(digits) && digits.length <= width * 2 && digits !== '';
  const hex = digits.padStart(width * 2, '0');
  const wanted = possible ? Uint8Array.from({ length: width }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)) : undefined;
  const mask = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = (at === undefined ? row : (at[row] ?? 0)) * width;
    let same = wanted !== undefined;
    let zero = true;
    for (let i = 0; i < width; i++) {
      const byte = bytes[from + i] ?? 0;
      if (byte !== 0) zero = false;
      if (wanted !== undefined && byte !== wanted[i]) same = false;
      if (!same && !zero) break;
    }
    mask[row] = !zero && same === equal ? 1 : 0;
  }
  return mask;
}

function nilMask(column: Column, rows: number, wanted: boolean): Mask {
  if (column.kind === 'codes') return maskOfCodes(column.codes, column.values.map((v) => (v.type === 'nil') === wanted), rows);
  const mask = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) mask[row] = (valueAt(column, row).type === 'nil') === wanted ? 1 : 0;
  return mask;
}

function calculate(operator: ArithmeticOperator, left: Column, right: Column, rows: number): Column {
  // Whole numbers that stay below 2^53 are exact as they are; division and powers go by the value's type.
  const fast = operator === '+' || operator === '-' || operator === '*';
  if (fast && ((left.kind === 'numbers' && right.kind === 'constant') || (left.kind === 'constant' && right.kind === 'numbers'))) {
    const constant = left.kind === 'constant' ? left.value : right.kind === 'constant' ? right.value : NIL;
    const numbers = left.kind === 'numbers' ? left : right.kind === 'numbers' ? right : undefined;
    if (numbers === undefined || !isNumber(constant)) return { kind: 'constant', value: NIL };
    if ((numbers.exact?.size ?? 0) === 0) {
      const c = Number(constant.value);
      const type = numbers.type === 'float' || constant.type === 'float' ? 'float' : numbers.type === 'duration' || constant.type === 'duration' ? 'duration' : 'int';
      return { kind: 'numbers', type, values: numbers.values.map((v) => (left.kind === 'constant' ? onFloats(operator, c, v) : onFloats(operator, v, c))) };
    }
  }
  return combine(left, right, rows, (a, b) => arithmetic(operator, a, b));
}

function inverted(value: Value): Value {
  return value.type === 'bool' ? (value.value ? FALSE : TRUE) : NIL;
}

function regexOf(pattern: string, operator: ComparisonOperator): (text: string) => boolean {
  if (operator !== '=~' && operator !== '!~') return () => false;
  return compileRegex(pattern)?.matchesWhole ?? (() => false);
}

function isArithmetic(operator: string): operator is ArithmeticOperator {
  return /^[-+*/%^]$/.test(operator);
}

function both(a: Mask, b: Mask): Mask {
  const mask = new Uint8Array(a.length);
  for (let i = 0; i < mask.length; i++) mask[i] = (a[i] ?? 0) & (b[i] ?? 0);
  return mask;
}

function either(a: Mask, b: Mask): Mask {
  const mask = new Uint8Array(a.length);
  for (let i = 0; i < mask.length; i++) mask[i] = (a[i] ?? 0) | (b[i] ?? 0);
  return mask;
}
