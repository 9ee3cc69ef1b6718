import { isCollection, isPair, isNode, parseDocument, type Document } from 'yaml';

/** A stretch of text, offsets from 0. */
export interface TextSpan {
  readonly from: number;
  readonly to: number;
}

/** `spec.http[0].route[1].weight` → its keys and indices. Quoted keys (`labels["a.b"]`) may have dots. */
export function parsePath(path: string): readonly (string | number)[] {
  const keys: (string | number)[] = [];
  for (const [, quoted, index, plain] of path.matchAll(/\[["']([^"']*)["']\]|\[(\d+)\]|([^.[\]]+)/g)) {
    if (quoted !== undefined) keys.push(quoted);
    else if (index !== undefined) keys.push(Number(index));
    else if (plain !== undefined) keys.push(plain);
  }
  return keys;
}

/**
 * Where a field is written. A field that is not there points at its nearest parent's key; an unreadable text at its start.
 * Takes a path as the API server reports it.
 */
export function spanOfPath(text: string, path: string): TextSpan {
  const document = parseDocument(text, { logLevel: 'silent' });
  const keys = parsePath(path);
  for (let length = keys.length; length > 0; length -= 1) {
    const span = spanOfKeys(document, keys.slice(0, length));
    if (span !== undefined) return span;
  }
  return lineSpan(text, 1);
}

/** The line, from 1, of a field that is in the text; undefined when not even its parent is. */
export function lineOfPath(text: string, path: string): number | undefined {
  const document = parseDocument(text, { logLevel: 'silent' });
  const keys = parsePath(path);
  for (let length = keys.length; length > 1; length -= 1) {
    const span = spanOfKeys(document, keys.slice(0, length));
    if (span !== undefined) return text.slice(0, span.from).split('\n').length;
  }
  return undefined;
}

/** The whole of a line, 1-based, without its indentation; past the end, the last line. */
export function lineSpan(text: string, line: number, column?: number): TextSpan {
  const lines = text.split('\n');
  const index = Math.max(0, Math.min(line, lines.length) - 1);
  const start = lines.slice(0, index).reduce((sum, l) => sum + l.length + 1, 0);
  const content = lines[index] ?? '';
  const from = column === undefined ? content.length - content.trimStart().length : Math.min(Math.max(0, column - 1), content.length);
  return { from: start + from, to: Math.max(start + from, start + content.trimEnd().length) };
}

function spanOfKeys(document: Document, keys: readonly (string | number)[]): TextSpan | undefined {
  const parent: unknown = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
  const last = keys.at(-1);
  if (!isCollection(parent)) return undefined;
  const item: unknown = typeof last === 'number' ? parent.items[last] : parent.items.find((pair) => isPair(pair) && isNode(pair.key) && String(pair.key) === last);
  if (isPair(item)) {
    // The value when it is short, else the key: a squiggle under forty lines says nothing.
    const value = item.value;
    const range = isNode(value) && !isCollection(value) && value.range ? value.range : isNode(item.key) ? item.key.range : undefined;
    return range ? { from: range[0], to: Math.max(range[1], range[0] + 1) } : undefined;
  }
  return isNode(item) && item.range ? { from: item.range[0], to: item.range[0] + 1 } : undefined;
}
