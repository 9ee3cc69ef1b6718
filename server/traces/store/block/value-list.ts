import { ByteReader, DamagedDataError } from '#server/timeseries/byte-reader.ts';
import { ByteWriter } from '#server/timeseries/byte-writer.ts';
import { upperBound } from '#server/timeseries/upper-bound.ts';
import type { TypedValue, ValueLookup } from '#server/traces/segment/segment.ts';
import { decodeNumbers, decodeUint32, encodeNumbers } from './number-planes.ts';

/** A list on the disk of which single items can be had without making all of them. */
export interface LazyList<T> {
  readonly count: number;
  at(index: number): T;
  /** All of them; made anew at each call. */
  all(): T[];
}

/** Texts of which one can be looked for without making any. */
export interface TextList extends LazyList<string> {
  /** Where a text is, -1 where it is not. Texts are distinct. */
  indexOf(text: string): number;
  /** Where texts are that contain this one, rising. */
  having(part: string): number[];
}

/** Values of any type. Codes are one more than places, as columns have them. */
export type ValueList = LazyList<TypedValue> & ValueLookup;

const UTF8 = 0;
const JSON_TEXTS = 1;

/** Texts one after another with their lengths before them. */
export function encodeTexts(texts: readonly string[]): Uint8Array {
  // UTF-8 has no half surrogate pairs, JSON texts may: those are written with escapes.
  const wellFormed = texts.every((text) => text.isWellFormed());
  const encoded = Buffer.from(wellFormed ? texts.join('') : '', 'utf8');
  const out = new ByteWriter(encoded.length + texts.length + 16);
  out.u8(wellFormed ? UTF8 : JSON_TEXTS);
  if (!wellFormed) {
    out.string(JSON.stringify(texts));
    return out.finish();
  }
  const lengths = encodeNumbers(Uint32Array.from(texts, (text) => Buffer.byteLength(text)));
  out.varint(lengths.length);
  out.bytes(lengths);
  out.bytes(encoded);
  return out.finish();
}

/** The reverse of `encodeTexts`, for that many texts. Throws DamagedDataError. */
export function decodeTexts(page: Uint8Array, count: number): TextList {
  const reader = new ByteReader(page);
  if (reader.u8() === JSON_TEXTS) return listOf(parseJson(reader.string()), count);
  const ends = decodeUint32(reader.bytes(reader.varint()), count);
  const bytes = reader.bytes(reader.remaining);
  let end = 0;
  for (let i = 0; i < count; i++) ends[i] = end += ends[i] ?? 0;
  if (end !== bytes.length) throw new DamagedDataError(`${bytes.length} bytes of text where ${end} should be`);
  const at = (i: number): string => bytes.toString('utf8', i === 0 ? 0 : ends[i - 1], ends[i]);
  return { count, at, all: () => allTexts(bytes, ends, count), indexOf: (text) => indexOfText(bytes, ends, text), having: (part) => textsHaving(bytes, ends, part) };
}

/** Looks for the bytes, and takes what begins and ends where a text does. */
function indexOfText(bytes: Buffer, ends: Uint32Array, text: string): number {
  if (!text.isWellFormed()) return -1;
  const wanted = Buffer.from(text, 'utf8');
  if (wanted.length === 0) return ends.findIndex((end, i) => end === (i === 0 ? 0 : ends[i - 1]));
  for (let from = bytes.indexOf(wanted); from >= 0; from = bytes.indexOf(wanted, from + 1)) {
    const place = placeEndingAt(ends, from + wanted.length);
    if (place >= 0 && (place === 0 ? 0 : ends[place - 1]) === from) return place;
  }
  return -1;
}

/** Looks for the bytes all over, and takes what does not go over the end of a text. */
function textsHaving(bytes: Buffer, ends: Uint32Array, part: string): number[] {
  const found: number[] = [];
  if (!part.isWellFormed()) return found;
  const wanted = Buffer.from(part, 'utf8');
  if (wanted.length === 0) return Array.from(ends.keys());
  for (let from = bytes.indexOf(wanted); from >= 0; ) {
    // The text that the first of the bytes belongs to.
    const place = upperBound(ends, from);
    const end = ends[place] ?? bytes.length;
    const isInside = from + wanted.length <= end;
    if (isInside) found.push(place);
    // Once in a text is enough.
    from = bytes.indexOf(wanted, isInside ? end : from + 1);
  }
  return found;
}

/** The first text that is not empty and ends there, -1 for none. */
function placeEndingAt(ends: Uint32Array, end: number): number {
  const place = upperBound(ends, end - 1);
  return ends[place] === end ? place : -1;
}

/** One conversion for all when they are ASCII: many times faster than one for each. */
function allTexts(bytes: Buffer, ends: Uint32Array, count: number): string[] {
  const out: string[] = [];
  const text = bytes.toString('utf8');
  const ascii = text.length === bytes.length;
  for (let i = 0, from = 0; i < count; i++) {
    const to = ends[i] ?? 0;
    // A slice of the one text would keep all of it in memory, but for as long as all of its slices are wanted anyway.
    out.push(ascii ? text.slice(from, to) : bytes.toString('utf8', from, to));
    from = to;
  }
  return out;
}

const TAGS = { string: 0, int: 1, double: 2, wholeDouble: 3, yes: 4, no: 5, none: 6, json: 7 } as const;
const WHOLE_DOUBLE = { '': 'double' } as const;

/** Values of any type: the types as runs, then the numbers, the texts, and the rest as JSON. */
export function encodeValues(values: readonly TypedValue[]): Uint8Array {
  const tags = new ByteWriter();
  const ints: number[] = [];
  const doubles: number[] = [];
  const texts: string[] = [];
  const rest: string[] = [];
  let run = { tag: -1, length: 0 };
  const endRun = (): void => {
    if (run.length === 0) return;
    tags.u8(run.tag);
    tags.varint(run.length);
  };
  for (const value of values) {
    const tag = tagOf(value);
    if (tag === TAGS.int) ints.push(Number(value.value));
    else if (tag === TAGS.double || tag === TAGS.wholeDouble) doubles.push(Number(value.value));
    else if (tag === TAGS.string) texts.push(String(value.value));
    else if (tag === TAGS.json) rest.push(JSON.stringify(value));
    if (run.tag === tag) run.length++;
    else {
      endRun();
      run = { tag, length: 1 };
    }
  }
  endRun();
  const out = new ByteWriter();
  section(out, tags.finish());
  out.varint(ints.length);
  section(out, encodeNumbers(ints));
  out.varint(doubles.length);
  section(out, new Uint8Array(Float64Array.from(doubles).buffer));
  out.varint(texts.length);
  section(out, encodeTexts(texts));
  out.varint(rest.length);
  section(out, encodeTexts(rest));
  return out.finish();
}

/** The reverse of `encodeValues`, for that many values. Throws DamagedDataError. */
export function decodeValues(page: Uint8Array, count: number): ValueList {
  const reader = new ByteReader(page);
  const tags = readTags(new ByteReader(reader.bytes(reader.varint())), count);
  const intCount = reader.varint();
  const ints = decodeNumbers(reader.bytes(reader.varint()), intCount);
  const doubleCount = reader.varint();
  const doubles = new ByteReader(reader.bytes(reader.varint())).column(new Float64Array(doubleCount));
  const textCount = reader.varint();
  const texts = decodeTexts(reader.bytes(reader.varint()), textCount);
  const restCount = reader.varint();
  const rest = decodeTexts(reader.bytes(reader.varint()), restCount);
  // Where among its own kind each value is.
  const seen = new Uint32Array(8);
  if (textCount === count) return onlyTexts(texts);
  const place = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const kind = tags[i] === TAGS.wholeDouble ? TAGS.double : (tags[i] ?? 0);
    place[i] = seen[kind] ?? 0;
    seen[kind] = (seen[kind] ?? 0) + 1;
  }
  if (seen[TAGS.int] !== intCount || seen[TAGS.double] !== doubleCount || seen[TAGS.string] !== textCount || seen[TAGS.json] !== restCount) throw new DamagedDataError('values and their types do not fit');
  const valueAt = (i: number, textAt: (place: number) => string): TypedValue => {
    const at = place[i] ?? 0;
    switch (tags[i]) {
      case TAGS.string:
        return { value: textAt(at) };
      case TAGS.int:
        return { value: ints[at] ?? 0 };
      case TAGS.double:
        return { value: doubles[at] ?? 0 };
      case TAGS.wholeDouble:
        return { value: doubles[at] ?? 0, types: WHOLE_DOUBLE };
      case TAGS.yes:
        return { value: true };
      case TAGS.no:
        return { value: false };
      case TAGS.none:
        return { value: null };
      default:
        // Safe because only encodeValues writes it, and the page's checksum fits.
        return parseJson(rest.at(at)) as TypedValue;
    }
  };
  const codesOf = (...kinds: readonly number[]): Uint32Array => {
    const codes = new Uint32Array(count);
    let found = 0;
    for (let i = 0; i < count; i++) if (kinds.includes(tags[i] ?? 0)) codes[found++] = i + 1;
    return codes.slice(0, found);
  };
  return {
    count,
    at: (i) => valueAt(i, texts.at),
    valueOf: (code) => valueAt(code - 1, texts.at),
    codeOfText(text) {
      const at = texts.indexOf(text);
      return at < 0 ? 0 : (codesOf(TAGS.string)[at] ?? 0);
    },
    textsWith(part) {
      const places = texts.having(part);
      const codes = codesOf(TAGS.string);
      return { values: places.map(texts.at), codes: Uint32Array.from(places, (place) => codes[place] ?? 0) };
    },
    texts: () => ({ values: texts.all(), codes: codesOf(TAGS.string) }),
    numbers() {
      if (intCount === count) return { values: ints, codes: everyCode(count) };
      const codes = codesOf(TAGS.int, TAGS.double, TAGS.wholeDouble);
      return { codes, values: Float64Array.from(codes, (code) => (tags[code - 1] === TAGS.int ? ints : doubles)[place[code - 1] ?? 0] ?? 0) };
    },
    others: () => (intCount + doubleCount + textCount === count ? new Uint32Array() : codesOf(TAGS.yes, TAGS.no, TAGS.none, TAGS.json)),
    all() {
      const all = texts.all();
      return Array.from({ length: count }, (_, i) => valueAt(i, (at) => all[at] ?? ''));
    },
  };
}

/** What most columns have. */
function onlyTexts(texts: TextList): ValueList {
  const { count } = texts;
  const none = { values: new Float64Array(), codes: new Uint32Array() };
  return {
    count,
    at: (i) => ({ value: texts.at(i) }),
    all: () => texts.all().map((value) => ({ value })),
    valueOf: (code) => ({ value: texts.at(code - 1) }),
    codeOfText: (text) => texts.indexOf(text) + 1,
    textsWith(part) {
      const places = texts.having(part);
      return { values: places.map(texts.at), codes: Uint32Array.from(places, (place) => place + 1) };
    },
    texts: () => ({ values: texts.all(), codes: everyCode(count) }),
    numbers: () => none,
    others: () => none.codes,
  };
}

function everyCode(count: number): Uint32Array {
  const codes = new Uint32Array(count);
  for (let i = 0; i < count; i++) codes[i] = i + 1;
  return codes;
}

function tagOf({ value, types }: TypedValue): number {
  if (types !== undefined) return typeof value === 'number' && types[''] === 'double' && Object.keys(types).length === 1 ? TAGS.wholeDouble : TAGS.json;
  if (typeof value === 'string') return value.isWellFormed() ? TAGS.string : TAGS.json;
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? TAGS.int : TAGS.double;
  if (typeof value === 'boolean') return value ? TAGS.yes : TAGS.no;
  return value === null ? TAGS.none : TAGS.json;
}

function readTags(reader: ByteReader, count: number): Uint8Array {
  const tags = new Uint8Array(count);
  let at = 0;
  while (at < count) {
    const tag = reader.u8();
    const length = reader.varint();
    if (tag > TAGS.json || length === 0 || at + length > count) throw new DamagedDataError('types of values make no sense');
    tags.fill(tag, at, (at += length));
  }
  return tags;
}

function section(out: ByteWriter, bytes: Uint8Array): void {
  out.varint(bytes.length);
  out.bytes(bytes);
}

function listOf(all: unknown, count: number): TextList {
  if (!Array.isArray(all) || all.length !== count || !all.every((text) => typeof text === 'string')) throw new DamagedDataError(`no list of ${count} texts`);
  const texts: readonly string[] = all;
  return { count, at: (i) => texts[i] ?? '', all: () => [...texts], indexOf: (text) => texts.indexOf(text), having: (part) => texts.flatMap((text, i) => (text.includes(part) ? [i] : [])) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DamagedDataError('stored JSON cannot be read', { cause });
  }
}
