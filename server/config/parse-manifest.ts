import { isMap, isScalar, Lexer, LineCounter, parseAllDocuments, visit, type Document } from 'yaml';

/** A place in the text, 1-based. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}
export interface ManifestProblem extends TextPosition {
  readonly message: string;
}
/** One document of a manifest: its value, and where each of its fields stands. */
export interface ManifestDocument {
  readonly value: unknown;
  /** Position of the field at a path like `spec.http[0].route[1].weight`, or of its nearest parent that is in the text. */
  readonly locate: (path: string) => TextPosition;
}
export type ParsedManifest = { readonly ok: true; readonly documents: readonly ManifestDocument[] } | { readonly ok: false; readonly problems: readonly ManifestProblem[] };

/** Parsing holds up everything else the server does: this many tokens take about a second. A real object has a few thousand. */
const MAX_TOKENS = 200_000;
const MAX_DOCUMENTS = 500;
/** Tokens of the lexer that are not in the text: before a document, at the end of a flow, before a scalar. */
const MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);

/**
 * Parses YAML 1.2 (or JSON) with one or more documents; empty documents are left out. Bounded against texts that are
 * made to keep the parser busy: aliases, nesting, tokens and documents.
 */
export function parseManifest(text: string): ParsedManifest {
  const lines = new LineCounter();
  const tooLong = firstTokenTooMany(text);
  if (tooLong !== undefined) return { ok: false, problems: [{ message: `This text is too large to be looked at: it has more than ${MAX_TOKENS} words and signs. Apply it in parts.`, ...tooLong }] };
  // The parser's own search for repeated keys takes quadratic time.
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const documents: Document.Parsed[] = Array.isArray(parsed) ? [...parsed] : [];
  const position = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = documents.flatMap((d) => d.errors.map((e) => ({ message: plainly(e), ...position(e.pos[0]) })));
  if (problems.length > 0) return { ok: false, problems };
  const out: ManifestDocument[] = [];
  for (const document of documents) {
    const start = position(document.contents?.range?.[0] ?? 0);
    let value: unknown;
    try {
      const repeated = firstRepeatedKey(document);
      if (repeated !== undefined) return { ok: false, problems: [{ message: `The key ${JSON.stringify(repeated.key)} is there twice.`, ...position(repeated.offset) }] };
      value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      return { ok: false, problems: [{ message: plainly(error), ...start }] };
    }
    if (value === null || value === undefined) continue;
    if (out.length === MAX_DOCUMENTS) return { ok: false, problems: [{ message: `There are more than ${MAX_DOCUMENTS} objects in this text. Apply it in parts.`, ...start }] };
    out.push({ value, locate: (path) => position(offsetOf(document, fieldPath(path))) });
  }
  return { ok: true, documents: out };
}

function plainly(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /call stack/.test(error.message) ? 'The text is nested too deeply.' : error.message;
}

/** Where a text gets longer than may be parsed; the lexer alone is fast and linear. */
function firstTokenTooMany(text: string): TextPosition | undefined {
  let tokens = 0;
  let length = 0;
  for (const token of new Lexer().lex(text)) {
    if (!MARKS.has(token)) length += token.length;
    if (++tokens <= MAX_TOKENS) continue;
    const before = text.slice(0, length).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
  return undefined;
}

function firstRepeatedKey(document: Document.Parsed): { readonly key: unknown; readonly offset: number } | undefined {
  let found: { key: unknown; offset: number } | undefined;
  visit(document, {
    Map(_place, map) {
      if (!isMap(map)) return undefined;
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          found = { key: key.value, offset: key.range?.[0] ?? 0 };
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

/** `spec.http[0].match["x y"]` → ['spec', 'http', 0, 'match', 'x y']. */
export function fieldPath(path: string): (string | number)[] {
  const out: (string | number)[] = [];
  for (const match of path.matchAll(/\[(\d+)\]|\["?([^\]"]*)"?\]|([^.[\]]+)/g)) {
    if (match[1] !== undefined) out.push(Number(match[1]));
    else out.push(match[2] ?? match[3] ?? '');
  }
  return out;
}

function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) && typeof node.range[0] === 'number') return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
