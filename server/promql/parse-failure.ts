import type { Span } from './ast.ts';

/** Where a query is wrong. Line and column count from 1 (columns in bytes, as Prometheus counts), the offset from 0 (UTF-16 units). */
export interface PromqlPosition {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}
export interface PromqlParseError {
  /** As Prometheus words it, with the place: `1:5: parse error: …`. */
  readonly message: string;
  /** The same without the place. */
  readonly reason: string;
  readonly position: PromqlPosition;
  readonly span: Span;
}

/** Carries a fault out of the tree builder; never leaves `parsePromql`. */
export class ParseFailure extends Error {
  override readonly name = 'ParseFailure';
  readonly span: Span;
  constructor(span: Span, message: string) {
    super(message);
    this.span = span;
  }
}

/** The line and column of an offset. */
export function positionOf(text: string, offset: number): PromqlPosition {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const lineStart = before.slice(before.lastIndexOf('\n') + 1);
  return { offset, line, column: new TextEncoder().encode(lineStart).length + 1 };
}

/** The error for `reason` at `span` of `text`, with line and column as Prometheus writes them. */
export function toParseError(text: string, span: Span, reason: string): PromqlParseError {
  const position = positionOf(text, span.start);
  return { message: `${position.line}:${position.column}: parse error: ${reason}`, reason, position, span };
}
