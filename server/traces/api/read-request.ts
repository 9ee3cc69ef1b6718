import { type ErrorCause, ServerError } from '#server/server-error.ts';
import { parseDurationText } from '#server/traces/core/duration-text.ts';
import type { ParseResult } from '#server/traces/core/parse-result.ts';
import { parseTimeText } from '#server/traces/core/time-text.ts';
import type { Attribute, Intrinsic, TraceQl } from '#server/traces/traceql/ast.ts';
import { readTraceQl } from '#server/traces/traceql/check.ts';
import { ParseFault, TokenCursor } from '#server/traces/traceql/cursor.ts';
import { parseField } from '#server/traces/traceql/parse-field.ts';

export interface ReadRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly fromUnixNano: string;
  readonly toUnixNano: string;
}

/**
 * Reads the texts of a request and gathers what is wrong with them, so that all faults are told at once: `finish` throws
 * ServerError `bad-request` with one cause for each, `field` its parameter and `column` (from 1) the place in it.
 */
export class RequestReader {
  readonly #nowMs: number;
  readonly #causes: ErrorCause[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  /** The range as both bounds; the whole of the last millisecond is in it. */
  range(input: { readonly from: string; readonly to: string }): ReadRange {
    const fromMs = this.#read('from', parseTimeText(input.from, this.#nowMs), 0);
    const toMs = this.#read('to', parseTimeText(input.to, this.#nowMs), this.#nowMs);
    if (this.#causes.length === 0 && fromMs > toMs) this.#fault('to', 'the range ends before it starts');
    return { fromMs, toMs, fromUnixNano: nanos(fromMs), toUnixNano: String(BigInt(nanos(toMs)) + 999_999n) };
  }

  query(text: string, use: 'search' | 'metrics'): TraceQl {
    const read = readTraceQl(text, use);
    if (read.ok) return read.query;
    for (const { message, from } of read.faults) this.#fault('q', message, from);
    return { pipeline: { kind: 'pipeline', stages: [{ kind: 'filter' }] } };
  }

  /** Attributes and intrinsics with commas between them; in quotes a comma is part of a name. */
  fields(name: string, text: string): (Attribute | Intrinsic)[] {
    if (text.trim() === '') return [];
    try {
      const cursor = new TokenCursor(text);
      const fields = [parseField(cursor)];
      while (cursor.takeIf(',')) fields.push(parseField(cursor));
      if (cursor.peek().kind !== 'end') throw cursor.expected('a comma, or the end');
      return fields;
    } catch (error) {
      if (!(error instanceof ParseFault)) throw error;
      this.#fault(name, error.message, error.at.from);
      return [];
    }
  }

  /** Unix nanoseconds of a time, as decimal text. */
  time(name: string, text: string | undefined): string | undefined {
    return given(text) ? nanos(this.#read(name, parseTimeText(text, this.#nowMs), 0)) : undefined;
  }

  /** Nanoseconds of a duration. */
  duration(name: string, text: string | undefined): bigint | undefined {
    return given(text) ? this.#read(name, parseDurationText(text), 0n) : undefined;
  }

  /** A text that some parser of the search form reads. */
  parsed<T>(name: string, result: ParseResult<T>, otherwise: T): T {
    return this.#read(name, result, otherwise);
  }

  /** Says that a value does not fit the others. Told only when each can be read by itself. */
  unfit(name: string, message: string): void {
    if (this.#causes.length === 0) this.#fault(name, message);
  }

  finish(): void {
    const [first] = this.#causes;
    if (first !== undefined) throw new ServerError('bad-request', `The search is not right: ${first.field}: ${first.message}.`, { causes: this.#causes });
  }

  #read<T>(name: string, result: ParseResult<T>, otherwise: T): T {
    if (result.ok) return result.value;
    this.#fault(name, result.error.message, result.error.position);
    return otherwise;
  }

  #fault(field: string, message: string, position = 0): void {
    this.#causes.push({ message, field, column: position + 1 });
  }
}

/** Is there a text at all? Forms send empty ones. */
export function given(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}

function nanos(ms: number): string {
  return String(BigInt(Math.floor(ms)) * 1_000_000n);
}
