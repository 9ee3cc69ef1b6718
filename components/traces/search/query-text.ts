import type { AttributeInfo } from '#server/traces/trace-questions.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { checkTraceQl } from '#server/traces/traceql/check.ts';
import type { TraceQlFault } from '#server/traces/traceql/cursor.ts';
import { parseTraceQl } from '#server/traces/traceql/parse.ts';
import { printField, printTraceQl } from '#server/traces/traceql/print.ts';
import { stripPositions } from '#server/traces/traceql/strip-positions.ts';
import { attribute, type Field } from './conditions.ts';

export type ReadQuery = { readonly ok: true; readonly query: TraceQl } | { readonly ok: false; readonly fault: TraceQlFault };

/** A query as it was typed; nothing typed takes everything. */
export function readQuery(text: string): ReadQuery {
  const read = parseTraceQl(text);
  if (!read.ok) return read;
  const [fault] = checkTraceQl(read.query, read.query.metrics === undefined ? 'search' : 'metrics');
  return fault === undefined ? { ok: true, query: stripPositions(read.query) } : { ok: false, fault };
}

/** A query as text; one that takes everything is empty. */
export function writeQuery(query: TraceQl): string {
  const text = printTraceQl(query);
  return text === '{ }' ? '' : text;
}

/** The field that a text names; `undefined` when it names none, or several. */
export function readField(text: string): Field | undefined {
  const read = parseTraceQl(`{ } | select(${text})`);
  const stage = read.ok && read.query.metrics === undefined ? stripPositions(read.query).pipeline.stages[1] : undefined;
  return stage?.kind === 'select' && stage.fields.length === 1 ? stage.fields[0] : undefined;
}

/** Everything of the catalogue as TraceQL writes it, with its types in words. */
export function catalogueTexts(known: readonly AttributeInfo[]): readonly { readonly text: string; readonly types: string }[] {
  return known.map((info) => ({ text: info.scope === 'intrinsic' ? info.key : printField(attribute(info.key, info.scope)), types: info.types.join(', ') }));
}
