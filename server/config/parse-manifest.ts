import { LineCounter, parseAllDocuments, type Document } from 'yaml';

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

/** Parses YAML 1.2 (or JSON) with one or more documents; empty documents are left out. Aliases are bounded against bombs. */
export function parseManifest(text: string): ParsedManifest {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents: Document.Parsed[] = Array.isArray(parsed) ? [...parsed] : [];
  const position = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = documents.flatMap((d) => d.errors.map((e) => ({ message: e.message, ...position(e.pos[0]) })));
  if (problems.length > 0) return { ok: false, problems };
  const out: ManifestDocument[] = [];
  for (const document of documents) {
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      return { ok: false, problems: [{ message: error instanceof Error ? error.message : String(error), line: 1, column: 1 }] };
    }
    if (value === null || value === undefined) continue;
    out.push({ value, locate: (path) => position(offsetOf(document, fieldPath(path))) });
  }
  return { ok: true, documents: out };
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
