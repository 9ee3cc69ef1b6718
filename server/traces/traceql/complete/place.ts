import type { Attribute, Intrinsic } from '../ast.ts';
import { tokenize, type Token } from '../tokens.ts';
import { AGGREGATES, BARE_INTRINSICS, METRICS_FUNCTIONS, STATIC_WORDS } from '../words.ts';

/** What fits at a place, and what is typed of it there: `from` to `to` is to be replaced. */
export type Place = { readonly from: number; readonly to: number; readonly typed: string } & (
  | { readonly wants: 'operand' | 'field' | 'comparison' | 'spanset' | 'spanset-operator' | 'stage' | 'after-stage' | 'after-metrics' | 'second' }
  | { readonly wants: 'value'; readonly field: Attribute | Intrinsic }
  /** `compared`: a comparison is whole before it. */
  | { readonly wants: 'condition-operator'; readonly compared: boolean }
);
type Wants = Place extends infer P ? (P extends Place ? Omit<P, 'from' | 'to' | 'typed'> : never) : never;

const COMPARISONS = new Set(['=', '!=', '<', '<=', '>', '>=', '=~', '!~']);

/**
 * Reads the words before the cursor, whether or not they are a whole query: the brackets that are open there say what
 * the place is for, the last word what must follow. The word that the cursor touches is what is being typed.
 */
export function placeAt(text: string, cursor: number): Place | undefined {
  const tokens = tokenize(text.slice(0, cursor)).filter((t) => t.kind !== 'end');
  const last = tokens.at(-1);
  if (last?.kind === 'comment' && (last.to === cursor && !text.slice(last.from, last.to).endsWith('*/'))) return undefined;
  const touched = last !== undefined && last.to === cursor && isTyped(last, text) ? last : undefined;
  const before = tokens.slice(0, touched === undefined ? undefined : -1).filter((t) => t.kind !== 'comment');
  // A number may go on, but not to something that is known; a text is whole.
  if (touched?.kind === 'literal') return undefined;
  const from = touched?.from ?? cursor;
  const typed = text.slice(from, cursor);
  const wants = wantsAfter(before);
  // An editor that closes quotes has put one behind the cursor.
  const to = typed.startsWith('"') && text[cursor] === '"' ? cursor + 1 : cursor;
  return wants === undefined ? undefined : { ...wants, from, to, typed };
}

function isTyped(token: Token, text: string): boolean {
  if (token.kind === 'fault') return /^[\w."]/.test(text.slice(token.from));
  return token.kind === 'word' || token.kind === 'field' || token.kind === 'literal';
}

type Open = 'condition' | 'argument' | 'fields' | 'group' | 'hints' | 'number';

function wantsAfter(tokens: readonly Token[]): Wants | undefined {
  const open = openBrackets(tokens);
  const last = tokens.at(-1);
  const inner = open.at(-1);
  if (inner === 'hints' || inner === 'number') return undefined;
  if (inner === 'fields') return isSymbol(last, '(', ',') ? { wants: 'field' } : undefined;
  if (inner === 'condition' || inner === 'argument') return inCondition(tokens, inner);
  return outside(tokens, inner === undefined);
}

/** What each open bracket is for, the innermost last. */
function openBrackets(tokens: readonly Token[]): Open[] {
  const open: Open[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'symbol') continue;
    if (token.text === '{') open.push('condition');
    else if (token.text === '}' || token.text === ')') open.pop();
    else if (token.text === '(') open.push(bracketAfter(tokens[i - 1], open.at(-1), tokens[i - 2]));
  }
  return open;
}

function bracketAfter(before: Token | undefined, around: Open | undefined, beforeThat: Token | undefined): Open {
  if (around === 'condition' || around === 'argument') return around;
  if (before?.kind !== 'word') return 'group';
  if (before.text === 'select') return 'fields';
  // Behind metrics `by` takes fields, as a stage a condition.
  if (before.text === 'by') return isSymbol(beforeThat, '|') || beforeThat === undefined ? 'argument' : 'fields';
  if (before.text === 'with') return 'hints';
  return before.text === 'topk' || before.text === 'bottomk' ? 'number' : 'argument';
}

function inCondition(tokens: readonly Token[], inner: Open): Wants | undefined {
  const last = tokens.at(-1);
  const operand = tokens.at(-2);
  if (last?.kind === 'symbol' && last.text !== ')') {
    if (last.text === '}') return undefined;
    const field = COMPARISONS.has(last.text) ? fieldOf(operand) : undefined;
    if (field !== undefined) return { wants: 'value', field };
    // compare({ … }) begins with braces; quantiles are numbers.
    if (inner === 'argument' && last.text === '(' && operand?.kind === 'word' && operand.text === 'compare') return { wants: 'spanset' };
    return inner === 'argument' && last.text === ',' ? undefined : { wants: 'operand' };
  }
  const compared = tokens.slice(lastStart(tokens)).some((t) => t.kind === 'symbol' && COMPARISONS.has(t.text));
  return { wants: 'condition-operator', compared };
}

/** Where the comparison begins that the last token is part of. */
function lastStart(tokens: readonly Token[]): number {
  return tokens.findLastIndex((t) => isSymbol(t, '{', '&&', '||', '!') || (isSymbol(t, '(') && tokens.at(-1) !== t)) + 1;
}

function outside(tokens: readonly Token[], top: boolean): Wants | undefined {
  const last = tokens.at(-1);
  const metrics = tokens.findLastIndex((t) => t.kind === 'word' && METRICS_FUNCTIONS.some((f) => f === t.text));
  const pipe = tokens.findLastIndex((t) => isSymbol(t, '|'));
  const measured = top && metrics >= 0;
  if (last === undefined || isSymbol(last, '(')) return { wants: 'spanset' };
  if (isSymbol(last, '|')) return measured ? { wants: 'second' } : { wants: 'stage' };
  if (isSymbol(last, '}')) return { wants: 'spanset-operator' };
  if (isSymbol(last, ')')) {
    if (measured && metrics > pipe) return { wants: 'after-metrics' };
    const called = callOf(tokens);
    if (called?.kind === 'word' && AGGREGATES.some((a) => a === called.text)) return { wants: 'comparison' };
    return called === undefined ? { wants: 'spanset-operator' } : { wants: 'after-stage' };
  }
  if (last.kind === 'literal' || last.kind === 'word') return { wants: measured ? 'after-metrics' : 'after-stage' };
  // Behind an operator on a number stands a number, else spans.
  const number = tokens.at(-2)?.kind === 'literal' || callOf(tokens.slice(0, -1)) !== undefined;
  return number ? undefined : { wants: 'spanset' };
}

/** The name before the bracket that the last token closes. */
function callOf(tokens: readonly Token[]): Token | undefined {
  let depth = 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    if (isSymbol(tokens[i], ')', '}')) depth += 1;
    if (isSymbol(tokens[i], '(', '{')) depth -= 1;
    if (depth === 0) return tokens[i - 1]?.kind === 'word' ? tokens[i - 1] : undefined;
  }
  return undefined;
}

function fieldOf(token: Token | undefined): Attribute | Intrinsic | undefined {
  if (token?.kind === 'field') return token.field;
  const name = token?.kind === 'word' && !STATIC_WORDS.has(token.text) ? BARE_INTRINSICS.get(token.text) : undefined;
  return name === undefined ? undefined : { kind: 'intrinsic', name };
}

function isSymbol(token: Token | undefined, ...texts: readonly string[]): boolean {
  return token?.kind === 'symbol' && texts.includes(token.text);
}
