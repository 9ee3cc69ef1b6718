import { goPrint, goPrintf } from './go-printf.ts';
import { asText, type TemplateFunction } from './template-function.ts';
import { GoDuration, GoHistogram, GoInt, GoStruct, GoTime, isMap, isTrue, printValue, typeName, type TemplateValue } from './template-value.ts';

/** The functions of every Go template but `and` and `or`, which the runner has. Source: Go's text/template/funcs.go. */
export const BUILTIN_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  not: { takes: ['value'], call: ([value]) => !isTrue(value) },
  len: { takes: ['value'], call: ([value]) => new GoInt(lengthOf(value)) },
  index: { takes: ['value'], more: 'value', call: ([item, ...indexes]) => indexes.reduce(indexOne, item) },
  slice: { takes: ['value'], more: 'value', call: ([item, ...indexes]) => slice(item, indexes) },
  print: { takes: [], more: 'any', call: goPrint },
  printf: { takes: ['string'], more: 'any', call: ([format, ...args]) => goPrintf(asText(format), args) },
  println: { takes: [], more: 'any', call: (args) => `${args.map((value) => (value === undefined ? '<nil>' : printValue(value))).join(' ')}\n` },
  html: { takes: [], more: 'any', call: (args) => goPrint(args).replaceAll(/["'&<>\0]/g, (character) => HTML[character] ?? '\ufffd') },
  js: { takes: [], more: 'any', call: (args) => escapeScript(goPrint(args)) },
  urlquery: { takes: [], more: 'any', call: (args) => queryEscape(goPrint(args)) },
  eq: { takes: ['value'], more: 'value', call: ([first, ...rest]) => equal(first, rest) },
  ne: { takes: ['value', 'value'], call: ([a, b]) => !equal(a, [b]) },
  lt: { takes: ['value', 'value'], call: ([a, b]) => less(a, b) },
  le: { takes: ['value', 'value'], call: ([a, b]) => less(a, b) || equal(a, [b]) },
  gt: { takes: ['value', 'value'], call: ([a, b]) => !(less(a, b) || equal(a, [b])) },
  ge: { takes: ['value', 'value'], call: ([a, b]) => !less(a, b) },
};

/** Go's url.QueryEscape: a blank is a plus. */
export function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('%20', '+');
}

const HTML: Readonly<Record<string, string>> = { '"': '&#34;', "'": '&#39;', '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escapeScript(text: string): string {
  return text.replaceAll(/[\\'"<>&=\p{Cc}]/gu, (character) => ('\\\'"'.includes(character) ? `\\${character}` : `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`));
}

function isList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

function lengthOf(value: TemplateValue): number {
  if (value === undefined) throw new Error('len of nil pointer');
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (isList(value)) return value.length;
  if (isMap(value)) return value.size;
  throw new Error(`len of type ${typeName(value)}`);
}

function indexOne(item: TemplateValue, index: TemplateValue): TemplateValue {
  if (item === undefined) throw new Error('index of untyped nil');
  if (isMap(item)) {
    if (index === undefined) throw new Error('value is nil; should be of type string');
    if (typeof index !== 'string') throw new Error(`value has type ${typeName(index)}; should be string`);
    return item.get(index) ?? (typeName(item) === 'map[string]string' ? '' : undefined);
  }
  if (typeof item === 'string') return new GoInt(new TextEncoder().encode(item)[position(index, lengthOf(item) - 1)] ?? 0);
  if (isList(item)) return item[position(index, item.length - 1)];
  throw new Error(`can't index item of type ${typeName(item)}`);
}

/** A whole number from 0 to `last`. */
function position(index: TemplateValue, last: number): number {
  if (index === undefined) throw new Error('cannot index slice/array with nil');
  if (!(index instanceof GoInt)) throw new Error(`cannot index slice/array with type ${typeName(index)}`);
  if (index.value < 0 || index.value > last) throw new Error(`index out of range: ${index.value}`);
  return index.value;
}

function slice(item: TemplateValue, indexes: readonly TemplateValue[]): TemplateValue {
  if (item === undefined) throw new Error('slice of untyped nil');
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (typeof item !== 'string' && !isList(item)) throw new Error(`can't slice item of type ${typeName(item)}`);
  if (typeof item === 'string' && indexes.length === 3) throw new Error('cannot 3-index slice a string');
  const bytes = typeof item === 'string' ? new TextEncoder().encode(item) : item;
  const [start = 0, end = bytes.length] = indexes.map((index) => position(index, bytes.length));
  if (start > end) throw new Error(`invalid slice index: ${start} > ${end}`);
  return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes.slice(start, end)) : bytes.slice(start, end);
}

type BasicKind = 'bool' | 'int' | 'float' | 'string' | undefined;

function kindOf(value: TemplateValue): BasicKind {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'float';
  return value instanceof GoInt ? 'int' : undefined;
}

function plain(value: TemplateValue): TemplateValue | number {
  return value instanceof GoInt ? value.value : value;
}

function equal(first: TemplateValue, rest: readonly TemplateValue[]): boolean {
  if (rest.length === 0) throw new Error('missing argument for comparison');
  return rest.some((one) => {
    if (kindOf(first) !== kindOf(one)) {
      if (first === undefined || one === undefined) return false;
      throw new Error(`incompatible types for comparison: ${typeName(first)} and ${typeName(one)}`);
    }
    const comparable = kindOf(first) !== undefined || first === undefined || one === undefined || first instanceof GoStruct || first instanceof GoTime || first instanceof GoDuration || first instanceof GoHistogram;
    if (!comparable) throw new Error(`non-comparable type ${printValue(one)}: ${typeName(one)}`);
    return plain(first) === plain(one);
  });
}

function less(a: TemplateValue, b: TemplateValue): boolean {
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (kindA === undefined || kindB === undefined) throw new Error('invalid type for comparison');
  if (kindA !== kindB) throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (a instanceof GoInt && b instanceof GoInt) return a.value < b.value;
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  throw new Error('invalid type for comparison');
}
