/**
 * TraceQL's words (grafana.com/docs/tempo/latest/traceql/construct-traceql-queries): the whole text is covered, what is
 * no word of the language is a `fault`, so that an editor can colour a half-written query.
 */
import type { Attribute, AttributeScope, Intrinsic, Position, Static } from './ast.ts';
import { readQuoted } from './quoted.ts';
import { ATTRIBUTE_SCOPES, INTRINSIC_NAMES } from './words.ts';

export type Token = Position &
  (
    | { readonly kind: 'symbol' | 'word'; readonly text: string }
    /** Never negative: a sign is a symbol. An int may be 2^63, which is right only behind a minus. */
    | { readonly kind: 'literal'; readonly value: Extract<Static, { type: 'string' | 'int' | 'float' | 'duration' }> }
    | { readonly kind: 'field'; readonly field: Attribute | Intrinsic }
    | { readonly kind: 'fault'; readonly message: string }
    | { readonly kind: 'comment' }
    | { readonly kind: 'end' }
  );

/** The longest first. */
const SYMBOLS = [
  '&>>', '&<<', '!>>', '!<<',
  '&&', '||', '>>', '<<', '>=', '<=', '!=', '=~', '!~', '!>', '!<', '&>', '&<', '&~',
  '{', '}', '(', ')', ',', '|', '=', '<', '>', '!', '~', '+', '-', '*', '/', '%', '^',
];
const UNIT_NANOS: Readonly<Record<string, bigint>> = { ns: 1n, us: 1_000n, µs: 1_000n, μs: 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n, d: 86_400_000_000_000n, w: 604_800_000_000_000n };
const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const DURATION = /(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w))+(?![\p{L}\p{Nd}_])/uy;
const DURATION_PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h|d|w)/y;
/** What a name without quotes may hold: an attribute's name goes on to the next space or operator that cannot be in it. */
const NAME = /[^\s{}()=~!<>&|^,"`]+/y;

/** Every token of the text in order, the last one is `end`; spaces are left out. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(SPACE, text, at)?.length ?? 0;
    if (at >= text.length) return [...tokens, { kind: 'end', from: text.length, to: text.length }];
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.to;
  }
}

function tokenAt(text: string, from: number): Token {
  const comment = match(COMMENT, text, from);
  if (comment !== undefined) return { kind: 'comment', from, to: from + comment.length };
  if (text.startsWith('/*', from)) return { kind: 'fault', from, to: text.length, message: 'this comment is not closed: expected */' };
  const character = text[from];
  if (character === '"' || character === '`') {
    const { value, to, fault } = readQuoted(text, from, 'text');
    return fault === undefined ? { kind: 'literal', from, to, value: { type: 'string', value } } : { kind: 'fault', from, to, message: fault };
  }
  if (/^\.?\d/.test(text.slice(from, from + 2))) return numberAt(text, from);
  if (character === '.') return attributeAt(text, from, from + 1, {});
  const word = match(WORD, text, from);
  if (word !== undefined) return wordAt(text, from, word);
  const symbol = SYMBOLS.find((s) => text.startsWith(s, from));
  if (symbol !== undefined) return { kind: 'symbol', from, to: from + symbol.length, text: symbol };
  const odd = String.fromCodePoint(text.codePointAt(from) ?? 0);
  return { kind: 'fault', from, to: from + odd.length, message: `${JSON.stringify(odd)} is not part of TraceQL${odd === "'" ? ': write text in double quotes' : ''}` };
}

/** A number, or numbers with units: a duration. */
function numberAt(text: string, from: number): Token {
  const duration = match(DURATION, text, from);
  if (duration !== undefined) {
    const value = nanosOf(duration);
    const to = from + duration.length;
    return value > 2n ** 63n ? { kind: 'fault', from, to, message: 'this duration is longer than 292 years' } : { kind: 'literal', from, to, value: { type: 'duration', value } };
  }
  const number = match(NUMBER, text, from) ?? '';
  const to = from + number.length;
  const rest = match(WORD, text, to);
  if (rest !== undefined) return { kind: 'fault', from, to: to + rest.length, message: `"${number}${rest}" is no number and no duration: units are ns, us, ms, s, m, h` };
  if (/^\d+$/.test(number)) {
    // A text of a thousand digits is not worth making a number of.
    const value = number.length > 40 ? 2n ** 64n : BigInt(number);
    return value > 2n ** 63n ? { kind: 'fault', from, to, message: 'this number does not fit 64 bits' } : { kind: 'literal', from, to, value: { type: 'int', value } };
  }
  const value = Number(number);
  return Number.isFinite(value) ? { kind: 'literal', from, to, value: { type: 'float', value } } : { kind: 'fault', from, to, message: 'this number is too large' };
}

function nanosOf(duration: string): bigint {
  let total = 0n;
  DURATION_PART.lastIndex = 0;
  for (let part = DURATION_PART.exec(duration); part !== null; part = DURATION_PART.exec(duration)) {
    const scale = UNIT_NANOS[part[3] ?? ''] ?? 0n;
    const whole = (part[1] ?? '').slice(0, 40);
    const fraction = (part[2] ?? '').slice(0, 18);
    total += BigInt(whole === '' ? '0' : whole) * scale + (fraction === '' ? 0n : (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length));
  }
  return total;
}

/** `span.key`, `parent.resource.key`, `span:name`, or a word alone. */
function wordAt(text: string, from: number, word: string): Token {
  const behind = from + word.length;
  if (text[behind] === ':') return intrinsicAt(text, from, from, {});
  if (text[behind] !== '.') return { kind: 'word', from, to: behind, text: word };
  const scope = scopeNamed(word);
  if (scope !== undefined) return attributeAt(text, from, behind + 1, { scope });
  if (word !== 'parent') return { kind: 'fault', from, to: behind + 1, message: `"${word}." is no scope: expected ${ATTRIBUTE_SCOPES.map((s) => `${s}.`).join(', ')}, parent. or a dot alone` };
  const inner = match(WORD, text, behind + 1);
  const innerEnd = behind + 1 + (inner?.length ?? 0);
  if (inner !== undefined && text[innerEnd] === ':') return intrinsicAt(text, from, behind + 1, { parent: true });
  const innerScope = inner !== undefined && text[innerEnd] === '.' ? scopeNamed(inner) : undefined;
  return innerScope === undefined ? attributeAt(text, from, behind + 1, { parent: true }) : attributeAt(text, from, innerEnd + 1, { parent: true, scope: innerScope });
}

function intrinsicAt(text: string, from: number, nameFrom: number, parent: { readonly parent?: true }): Token {
  const scope = match(WORD, text, nameFrom) ?? '';
  const written = `${scope}:${match(WORD, text, nameFrom + scope.length + 1) ?? ''}`;
  const to = nameFrom + written.length;
  const name = INTRINSIC_NAMES.find((n) => n === written);
  if (name !== undefined) return { kind: 'field', from, to, field: { kind: 'intrinsic', name, ...parent, at: { from, to } } };
  const alike = INTRINSIC_NAMES.filter((n) => n.startsWith(`${scope}:`));
  return { kind: 'fault', from, to, message: `"${written}" is no intrinsic: ${alike.length > 0 ? `expected ${alike.join(', ')}` : 'expected span:, trace:, event:, link: or instrumentation: before the name'}` };
}

/** An attribute's name from `nameFrom` on: parts without quotes and parts in quotes, with nothing between them. */
function attributeAt(text: string, from: number, nameFrom: number, scoped: { readonly scope?: AttributeScope; readonly parent?: true }): Token {
  let key = '';
  let at = nameFrom;
  for (;;) {
    if (text[at] === '"') {
      const { value, to, fault } = readQuoted(text, at, 'name');
      if (fault !== undefined) return { kind: 'fault', from, to, message: fault };
      key += value;
      at = to;
      continue;
    }
    const part = match(NAME, text, at);
    if (part === undefined) break;
    key += part;
    at += part.length;
  }
  if (key === '') return { kind: 'fault', from, to: Math.max(at, from + 1), message: 'expected the name of an attribute after the dot' };
  return { kind: 'field', from, to: at, field: { kind: 'attribute', ...scoped, key, at: { from, to: at } } };
}

function scopeNamed(word: string): AttributeScope | undefined {
  return ATTRIBUTE_SCOPES.find((s) => s === word);
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
