import { RangeSetBuilder, type Extension } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import { tokenize, type Token } from '#server/traces/traceql/tokens.ts';
import { AGGREGATES, BARE_INTRINSICS, METRICS_FUNCTIONS, STATIC_WORDS } from '#server/traces/traceql/words.ts';

const FUNCTIONS: ReadonlySet<string> = new Set([...AGGREGATES, ...METRICS_FUNCTIONS, 'by', 'select', 'coalesce', 'topk', 'bottomk', 'with']);
const MARKS = { field: Decoration.mark({ class: 'cm-tql-field' }), text: Decoration.mark({ class: 'cm-tql-text' }), number: Decoration.mark({ class: 'cm-tql-number' }), keyword: Decoration.mark({ class: 'cm-tql-keyword' }), quiet: Decoration.mark({ class: 'cm-tql-quiet' }) };

const plugin = ViewPlugin.fromClass(
  class {
    marks: DecorationSet;
    constructor(view: EditorView) {
      this.marks = coloured(view.state.doc.toString());
    }
    update(update: ViewUpdate): void {
      if (update.docChanged) this.marks = coloured(update.state.doc.toString());
    }
  },
  { decorations: ({ marks }) => marks },
);

const theme = EditorView.theme({
  '.cm-tql-field': { color: 'var(--code-property)' },
  '.cm-tql-text': { color: 'var(--code-string)' },
  '.cm-tql-number': { color: 'var(--code-number)' },
  '.cm-tql-keyword': { color: 'var(--code-keyword)', fontWeight: '500' },
  '.cm-tql-quiet': { color: 'var(--text-secondary)' },
});

/** Colours for TraceQL, also while it is half written: by its words, not by its grammar. A query is short enough to be read anew each time. */
export const traceqlColours: Extension = [plugin, theme];

function coloured(text: string): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const token of tokenize(text)) {
    const mark = markOf(token);
    if (mark !== undefined && token.to > token.from) builder.add(token.from, token.to, mark);
  }
  return builder.finish();
}

function markOf(token: Token): Decoration | undefined {
  switch (token.kind) {
    case 'field':
      return MARKS.field;
    case 'literal':
      return token.value.type === 'string' ? MARKS.text : MARKS.number;
    case 'word':
      if (FUNCTIONS.has(token.text)) return MARKS.keyword;
      return BARE_INTRINSICS.has(token.text) ? MARKS.field : STATIC_WORDS.has(token.text) ? MARKS.number : undefined;
    case 'symbol':
    case 'comment':
      return MARKS.quiet;
    case 'fault':
    case 'end':
      return undefined;
  }
}
