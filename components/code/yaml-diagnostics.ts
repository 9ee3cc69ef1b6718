import { parseAllDocuments } from 'yaml';
import { lineSpan, spanOfPath, type TextSpan } from './yaml-position.ts';

/** A remark on a text: where by line and column (from 1), or by field path; without either, the first line. */
export interface YamlDiagnostic {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** `spec.http[0].route[1].weight` */
  readonly path?: string | undefined;
}

export interface PlacedDiagnostic extends TextSpan {
  readonly severity: YamlDiagnostic['severity'];
  readonly message: string;
}

/** Places remarks in the text and adds what the YAML parser itself complains about, in reading order. */
export function placeDiagnostics(text: string, diagnostics: readonly YamlDiagnostic[]): readonly PlacedDiagnostic[] {
  return [...syntaxErrors(text), ...diagnostics.map((d) => ({ severity: d.severity, message: d.message, ...clamp(spanOf(text, d), text.length) }))].sort((a, b) => a.from - b.from);
}

/** Errors and warnings of the parser, with positions, in all documents of the text. */
export function syntaxErrors(text: string): readonly PlacedDiagnostic[] {
  const parsed = parseAllDocuments(text, { logLevel: 'silent', prettyErrors: false });
  const documents = Array.isArray(parsed) ? [...parsed] : [];
  const place = (severity: 'error' | 'warning') => (problem: { readonly message: string; readonly pos: readonly [number, number] }): PlacedDiagnostic => ({ severity, message: problem.message, ...clamp({ from: problem.pos[0], to: Math.max(problem.pos[1], problem.pos[0] + 1) }, text.length) });
  return documents.flatMap((document) => [...document.errors.map(place('error')), ...document.warnings.map(place('warning'))]);
}

function spanOf(text: string, { line, column, path }: YamlDiagnostic): TextSpan {
  if (path !== undefined && path !== '') return spanOfPath(text, path);
  return lineSpan(text, line ?? 1, column);
}

function clamp({ from, to }: TextSpan, length: number): TextSpan {
  const start = Math.min(from, length);
  return { from: start, to: Math.min(Math.max(to, start), length) };
}
