import { OtlpDecodeError, orMalformed } from '#server/traces/otlp/decode-error.ts';
import { parseExactJson } from '#server/traces/otlp/exact-json.ts';
import { spansOfDocument, type DocumentSpans } from './document-spans.ts';

/** What a file holds, document by document; `line` for those of a file with a document in each line. */
export type FilePart = ({ readonly kind: 'spans' } & DocumentSpans) | { readonly kind: 'unreadable'; readonly line: number; readonly message: string };

/**
 * Reads a file of traces: one JSON document, or one in each line (JSONL). A line that cannot be read is told, and the others
 * are read; a single document that cannot be read throws OtlpDecodeError, with line or path. Lines are parsed only when they are asked for.
 */
export function* readTraceFile(file: Uint8Array, nowMicro: number): Generator<FilePart> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const { line: first, next } = lineFrom(bytes, firstText(bytes));
  const rest = firstText(bytes, next);
  // A document that is laid out over lines has none in its first.
  if (rest < bytes.length && first.length > 1 && isDocument(first)) {
    yield* readLines(bytes, nowMicro);
    return;
  }
  yield { kind: 'spans', ...spansOfDocument(orMalformed('not JSON', () => parseExactJson(bytes)), nowMicro) };
}

function* readLines(bytes: Buffer, nowMicro: number): Generator<FilePart> {
  let number = 0;
  for (let at = 0; at < bytes.length; ) {
    const { line, next } = lineFrom(bytes, at);
    number += 1;
    at = next;
    if (firstText(line) === line.length) continue;
    try {
      yield { kind: 'spans', ...spansOfDocument(orMalformed('not JSON', () => parseExactJson(line)), nowMicro) };
    } catch (error) {
      if (!(error instanceof OtlpDecodeError)) throw error;
      yield { kind: 'unreadable', line: number, message: error.message };
    }
  }
}

function lineFrom(bytes: Buffer, at: number): { readonly line: Buffer; readonly next: number } {
  const end = bytes.indexOf(0x0a, at);
  return end < 0 ? { line: bytes.subarray(at), next: bytes.length } : { line: bytes.subarray(at, end), next: end + 1 };
}

/** Past white space and a byte order mark. */
function firstText(bytes: Buffer, from = 0): number {
  let at = from === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : from;
  while (at < bytes.length && (bytes[at] ?? 0) <= 0x20) at += 1;
  return at;
}

function isDocument(line: Buffer): boolean {
  try {
    parseExactJson(line);
    return true;
  } catch {
    return false;
  }
}
