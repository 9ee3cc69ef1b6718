import { insertCompletionText, pickedCompletion, type Completion, type CompletionResult, type CompletionSource } from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import type { QueryClient } from '@tanstack/react-query';
import { completeTraceQl, valueOptions, type CompletionOption } from '#server/traces/traceql/complete.ts';
import { printField } from '#server/traces/traceql/print.ts';
import { attributesQuery, attributeValuesQuery, type Selection } from './queries.ts';

/** Values offered of one field; the server narrows them from the third letter on. */
const VALUES = 50;
/** What is looked at goes on being asked while it is typed in: a list is filtered here from then on. */
const TYPED = /^[^\s{}()|&=<>!~,]*$/;

/**
 * Completion from the catalogue of attributes and from values that spans have now. What cannot be fetched is not
 * offered. `selection` is asked at each use: the range moves on.
 */
export function traceqlCompletion(cache: QueryClient, selection: () => Pick<Selection, 'from' | 'to'>): CompletionSource {
  return async ({ state, pos, explicit }): Promise<CompletionResult | null> => {
    const text = state.doc.toString();
    const known = await cache.fetchQuery(attributesQuery).then(({ attributes }) => attributes, () => []);
    const found = completeTraceQl(text, pos, known);
    // Nothing is thrust upon who has just ended a word.
    if (found === undefined || (!explicit && found.from === pos && !/[{(|=~&.,"]\s?$/.test(text.slice(0, pos)))) return null;
    const { from: fromMs, to: toMs } = selection();
    const values = found.values === undefined ? [] : await cache.fetchQuery(attributeValuesQuery({ field: printField(found.values.field), limit: VALUES, contains: found.values.contains.length >= 3 ? found.values.contains : '', from: fromMs, to: toMs })).then(({ values: list }) => valueOptions(list), () => []);
    // In the order of the answer: what is more frequent stands first.
    const options = [...values.map((option, index) => ({ ...completionOf(option), boost: 99 - index })), ...found.options.map(completionOf)];
    return options.length === 0 ? null : { from: found.from, to: found.to, options, ...(found.values === undefined ? { validFor: TYPED } : {}) };
  };
}

function completionOf({ label, apply, type, detail, info }: CompletionOption): Completion {
  return { label, type, ...(detail === undefined ? {} : { detail }), ...(info === undefined ? {} : { info }), ...(apply === undefined ? {} : { apply: inserter(apply) }) };
}

/** Puts the text in, with the cursor where its `|` is: `by(|)`. A `|` that ends with a space is the operator itself. */
function inserter(text: string): NonNullable<Completion['apply']> {
  const at = text.startsWith('| ') ? text.indexOf('|', 1) : text.indexOf('|');
  if (at === -1) return text;
  const plain = `${text.slice(0, at)}${text.slice(at + 1)}`;
  return (view: EditorView, completion: Completion, from: number, to: number): void => {
    view.dispatch({ ...insertCompletionText(view.state, plain, from, to), selection: { anchor: from + at }, annotations: pickedCompletion.of(completion) });
  };
}
