/** Where a cursor is in a YAML text, for completion. */
export interface YamlCursor {
  /** Keys and list indices from the root to the object or list the cursor is in. */
  readonly path: readonly (string | number)[];
  /** `key`: a field's name is being typed; `value`: what comes after `key:`. */
  readonly kind: 'key' | 'value';
  /** The key whose value is being typed. */
  readonly key: string | undefined;
  /** Text before the cursor that a completion replaces, and where it starts. */
  readonly typed: string;
  readonly from: number;
  /** Keys that the same object has already. */
  readonly siblings: readonly string[];
}

interface Line {
  readonly indent: number;
  /** Indents of the `- ` marks this line starts with. */
  readonly dashes: readonly number[];
  /** Column where the content begins, after the dashes. */
  readonly start: number;
  readonly key: string | undefined;
  readonly rest: string;
}

/**
 * Reads the cursor's place by indentation alone, so that it works in a text that does not parse yet. Block style only:
 * inside `{}` and `[]` the path stops at the line's own key.
 */
export function cursorAt(text: string, offset: number): YamlCursor {
  const before = text.slice(0, offset);
  const lines = before.split('\n').map(readLine);
  const current = lines.at(-1) ?? readLine('');
  const value = current.key !== undefined;
  const column = current.start;
  const typed = current.rest.trimStart();
  const path = pathOf(lines, column);
  return { path, kind: value ? 'value' : 'key', key: current.key, typed, from: offset - typed.length, siblings: siblingsOf(text.split('\n').map(readLine), lines.length - 1, column) };
}

function readLine(text: string): Line {
  const dashes: number[] = [];
  let start = text.length - text.trimStart().length;
  while (text.startsWith('- ', start) || text.slice(start) === '-') {
    dashes.push(start);
    start += 1;
    while (text[start] === ' ') start += 1;
  }
  const content = text.slice(start);
  const match = /^("[^"]*"|'[^']*'|[^\s#:'"{[][^:#]*?)\s*:(?:\s|$)(.*)$/.exec(content);
  const key = match?.[1]?.replaceAll(/^["']|["']$/g, '');
  return { indent: text.length - text.trimStart().length, dashes, start, key, rest: match?.[2] ?? (content.startsWith('#') ? '' : content) };
}

/** Walks up: each line that is less indented opened the level below it. */
function pathOf(lines: readonly Line[], column: number): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let level = column;
  let dashLevel = column;
  for (let i = lines.length - 1; i >= 0; i -= 1) {
    const line = lines[i];
    if (line === undefined || (line.key === undefined && line.dashes.length === 0)) continue;
    if (i < lines.length - 1 && line.key !== undefined && line.start < level && line.rest.trim() === '') {
      path.unshift(line.key);
      level = line.start;
      dashLevel = line.start;
    }
    for (const dash of line.dashes.toReversed()) {
      if (dash >= dashLevel) continue;
      path.unshift(indexOf(lines, i, dash));
      dashLevel = dash;
      // A list may sit at the same column as the key that holds it.
      level = dash + 1;
    }
  }
  return path;
}

/** How many items of the same list are above this one. */
function indexOf(lines: readonly Line[], at: number, dash: number): number {
  let index = 0;
  for (let i = at - 1; i >= 0; i -= 1) {
    const line = lines[i];
    if (line === undefined || (line.key === undefined && line.dashes.length === 0)) continue;
    if (line.indent < dash || (line.indent === dash && line.dashes.length === 0)) break;
    if (line.dashes.includes(dash)) index += 1;
  }
  return index;
}

function siblingsOf(lines: readonly Line[], at: number, column: number): readonly string[] {
  const keys: string[] = [];
  const walk = (from: number, by: 1 | -1): void => {
    for (let i = from; i >= 0 && i < lines.length; i += by) {
      const line = lines[i];
      if (line === undefined || (line.key === undefined && line.dashes.length === 0)) continue;
      if (line.start < column) return;
      const opensItem = line.dashes.length > 0 && line.start === column;
      if (by === 1 && opensItem) return;
      if (line.key !== undefined && line.start === column) keys.push(line.key);
      if (by === -1 && opensItem) return;
    }
  };
  if ((lines[at]?.dashes.length ?? 0) === 0) walk(at - 1, -1);
  walk(at + 1, 1);
  return keys;
}
