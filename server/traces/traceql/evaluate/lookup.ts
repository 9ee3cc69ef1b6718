import { attributeText } from '#server/traces/core/search-terms.ts';
import type { AttributeColumn, ValueLookup } from '#server/traces/segment/segment.ts';
import type { ComparisonOperator, Static } from '../ast.ts';
import type { Mask } from './column.ts';
import { requiredText } from './required-text.ts';
import { type Comparison, isNumber, valueOf } from './values.ts';

export interface LookupColumn extends Pick<AttributeColumn, 'codes'> {
  readonly lookup: ValueLookup;
}

/**
 * Where a stored attribute compares with a constant, without making its values: of very many different ones (addresses,
 * users) that is nearly all the work. The same as comparing each value would give.
 */
export function compareByLookup(column: LookupColumn, operator: ComparisonOperator, value: Static, matches: Comparison, rows: number): Mask {
  const { lookup } = column;
  const wanted = new Uint8Array(lookup.count + 1);
  if (value.type === 'string') {
    if (operator === '=') wanted[lookup.codeOfText(value.value)] = 1;
    else {
      const part = operator === '=~' ? requiredText(value.value) : undefined;
      const texts = part === undefined ? lookup.texts() : lookup.textsWith(part);
      for (const [i, text] of texts.values.entries()) if (matches({ type: 'string', value: text }, value)) wanted[texts.codes[i] ?? 0] = 1;
    }
  } else if (isNumber(value)) {
    const numbers = lookup.numbers();
    const holds = numberTest(operator, value.value);
    for (let i = 0; i < numbers.codes.length; i++) if (holds(numbers.values[i] ?? Number.NaN)) wanted[numbers.codes[i] ?? 0] = 1;
  }
  for (const code of lookup.others()) {
    const other = lookup.valueOf(code);
    if (matches(valueOf(other.value, other.types), value)) wanted[code] = 1;
  }
  wanted[0] = 0;
  return maskOfTable(column, wanted, rows);
}

/** Where a stored attribute is there (null is not). */
export function presentByLookup(column: LookupColumn, rows: number): Mask {
  const { lookup } = column;
  const wanted = new Uint8Array(lookup.count + 1).fill(1);
  for (const code of lookup.others()) if (lookup.valueOf(code).value === null) wanted[code] = 0;
  wanted[0] = 0;
  return maskOfTable(column, wanted, rows);
}

/** Where a stored attribute is, as text, this one (Jaeger's comparison). */
export function tagByLookup(column: LookupColumn, text: string, rows: number): Mask {
  const { lookup } = column;
  const wanted = new Uint8Array(lookup.count + 1);
  wanted[lookup.codeOfText(text)] = 1;
  const numbers = lookup.numbers();
  for (let i = 0; i < numbers.codes.length; i++) if (attributeText(numbers.values[i] ?? null) === text) wanted[numbers.codes[i] ?? 0] = 1;
  for (const code of lookup.others()) if (attributeText(lookup.valueOf(code).value) === text) wanted[code] = 1;
  wanted[0] = 0;
  return maskOfTable(column, wanted, rows);
}

/** When no value is wanted, the codes are not even read. */
function maskOfTable(column: LookupColumn, wanted: Uint8Array, rows: number): Mask {
  const mask = new Uint8Array(rows);
  if (!wanted.includes(1)) return mask;
  const { codes } = column;
  for (let row = 0; row < rows; row++) mask[row] = wanted[codes[row] ?? 0] ?? 0;
  return mask;
}

/** A number compares with a bigint exactly. */
function numberTest(operator: ComparisonOperator, bound: number | bigint): (value: number) => boolean {
  switch (operator) {
    case '=':
      return (value) => value == bound;
    case '!=':
      return (value) => value != bound;
    case '<':
      return (value) => value < bound;
    case '<=':
      return (value) => value <= bound;
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= bound;
    default:
      return () => false;
  }
}
