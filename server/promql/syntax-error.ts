import type { SyntaxNode, Tree } from '@lezer/common';
import type { Span } from './ast.ts';
import { functionSignature } from './function-signatures.ts';
import { quote } from './go-string.ts';

/** What is wrong with a text that does not parse, in Prometheus' words (promql/parser/lex.go, generated_parser.y). */
export interface SyntaxFault {
  readonly span: Span;
  readonly reason: string;
}

type TokenKind = 'identifier' | 'number' | 'duration' | 'string' | 'operator' | 'keyword' | 'aggregator' | 'punctuation' | 'end' | 'bad';
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
}

const KEYWORDS: ReadonlySet<string> = new Set(['offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool', 'fill', 'fill_left', 'fill_right', 'smoothed', 'anchored']);
const WORD_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'atan2']);
const AGGREGATORS: ReadonlySet<string> = new Set(['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar', 'topk', 'bottomk', 'quantile', 'count_values', 'limitk', 'limit_ratio']);
const TOKEN = /\s+|#[^\n]*|(\d[\w.]*|\.\d[\w.]*)|([a-zA-Z_:][\w:]*)|("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`[^`]*`?)|(=~|!~|==|!=|<=|>=|<\/|>\/|[-+*/%^<>=@])|([(){}[\],:])|(.)/gsy;

const DEEP_TOKENS = 2000;

/** Finds the first fault of a tree; undefined when the tree has no error node. */
export function findSyntaxFault(text: string, tree: Tree): SyntaxFault | undefined {
  const node = firstError(tree);
  if (node === undefined) return undefined;
  const tokens = tokenize(text);
  const index = tokens.findIndex((token) => token.start >= node.from || token.kind === 'end');
  const at = tokens[index] ?? { kind: 'end', text: '', start: text.length };
  const before = tokens.slice(0, index);
  const bad = tokens.slice(0, index + 1).find((token) => token.kind === 'bad' || isUnterminated(token));
  if (bad !== undefined) {
    const reason = bad.kind === 'bad' ? `unexpected character: ${quoteChar(bad.text)}` : bad.text.startsWith('`') ? 'unterminated raw string' : 'unterminated quoted string';
    return { span: { start: bad.start, end: text.length }, reason };
  }
  const previous = before.at(-1);
  if (at.text === '(' && previous?.kind === 'identifier') {
    const reason = functionSignature(previous.text) === undefined ? `unknown function with name ${quote(previous.text)}` : `function ${quote(previous.text)} is not enabled`;
    return { span: spanOf(previous), reason };
  }
  if (at.text === ')' && previous?.text === ',' && insideCall(node)) return { span: spanOf(previous), reason: 'trailing commas not allowed in function call args' };
  if (at.kind === 'end') return { span: spanOf(at), reason: atEnd(before, text) };
  if (at.text === ')' && depth(before, '(', ')') <= 0) return { span: spanOf(at), reason: "unexpected right parenthesis ')'" };
  // The grammar's parser gives up at some depth, wherever that is: what it says then may not be what is wrong.
  const hint = index >= DEEP_TOKENS ? ' (or the expression is nested too deeply)' : '';
  return { span: spanOf(at), reason: `unexpected ${describe(at)}${context(node, before)}${hint}` };
}

function firstError(tree: Tree): SyntaxNode | undefined {
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) return cursor.node;
  } while (cursor.next());
  return undefined;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [whole, number, word, string, operator, punctuation, bad] = match;
    const start = match.index;
    if (number !== undefined) tokens.push({ kind: /^\d+(ms|[smhdwy])/.test(number) ? 'duration' : 'number', text: whole, start });
    else if (word !== undefined) tokens.push({ kind: wordKind(word), text: whole, start });
    else if (string !== undefined) tokens.push({ kind: 'string', text: whole, start });
    else if (operator !== undefined) tokens.push({ kind: operator === '@' || operator === '=' ? 'punctuation' : 'operator', text: whole, start });
    else if (punctuation !== undefined) tokens.push({ kind: 'punctuation', text: whole, start });
    else if (bad !== undefined) tokens.push({ kind: 'bad', text: whole, start });
  }
  tokens.push({ kind: 'end', text: '', start: text.length });
  return tokens;
}

function wordKind(word: string): TokenKind {
  const lower = word.toLowerCase();
  if (KEYWORDS.has(lower)) return 'keyword';
  if (WORD_OPERATORS.has(lower)) return 'operator';
  if (AGGREGATORS.has(lower)) return 'aggregator';
  return lower === 'inf' || lower === 'nan' ? 'number' : 'identifier';
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'keyword':
      return `<${token.text}>`;
    case 'operator':
      return `<op:${token.text}>`;
    case 'aggregator':
      return `<aggr:${token.text}>`;
    case 'punctuation':
      return quote(token.text);
    case 'end':
      return 'end of input';
    case 'identifier':
      return `identifier ${quote(token.text)}`;
    case 'number':
    case 'duration':
    case 'string':
    case 'bad':
      return `${token.kind} ${token.text.length > 10 ? `${quote(token.text.slice(0, 10))}...` : quote(token.text)}`;
  }
}

/** What the lexer says when the text stops too early. */
function atEnd(before: readonly Token[], text: string): string {
  if (depth(before, '{', '}') > 0) return 'unexpected end of input inside braces';
  if (depth(before, '[', ']') > 0) return 'unclosed left bracket';
  if (depth(before, '(', ')') > 0) return 'unclosed left parenthesis';
  return text.trim() === '' ? 'no expression found in input' : 'unexpected end of input';
}

function depth(tokens: readonly Token[], open: string, close: string): number {
  return tokens.reduce((sum, token) => sum + (token.text === open ? 1 : token.text === close ? -1 : 0), 0);
}

/** Where the parser was and what it would have taken. */
function context(node: SyntaxNode, before: readonly Token[]): string {
  const previous = before.at(-1);
  if (depth(before, '{', '}') > 0) {
    if (previous === undefined) return '';
    if (previous.text === '{' || previous.text === ',') return ' in label matching, expected identifier or "}"';
    if (/^(=|!=|=~|!~)$/.test(previous.text)) return ' in label matching, expected string';
    if (previous.kind === 'string') return ' in label matching, expected "," or "}"';
    return ' in label matching, expected label matching operator';
  }
  if (depth(before, '[', ']') > 0) {
    if (previous?.text === '[') return ' in subquery or range selector, expected number, duration, step(), or range()';
    if (previous?.text === ':') return ' in subquery selector, expected number, duration, step(), range(), or "]"';
    return ' in subquery or range, expected ":" or "]"';
  }
  if (previous?.text.toLowerCase() === 'offset') return ' in offset, expected number, duration, step(), or range()';
  if (previous?.text === '@') return ' in @, expected timestamp';
  const parent = node.parent?.name;
  if (parent === 'GroupingLabels' || parent === 'AggregateModifier' || parent === 'MatchingModifierClause') {
    if (previous?.kind === 'keyword') return ' in grouping opts, expected "("';
    return previous?.text === '(' || previous?.text === ',' ? ' in grouping opts, expected label' : ' in grouping opts, expected "," or ")"';
  }
  return previous?.kind === 'aggregator' ? ' in aggregation' : '';
}

function insideCall(node: SyntaxNode): boolean {
  return node.parent?.name === 'FunctionCallBody';
}

function isUnterminated(token: Token): boolean {
  return token.kind === 'string' && (token.text.length < 2 || token.text.at(-1) !== token.text[0]);
}

function spanOf(token: Token): Span {
  return { start: token.start, end: token.start + token.text.length };
}

function quoteChar(char: string): string {
  return char === "'" ? "'\\''" : `'${char}'`;
}
