import { StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';

/** A stretch of the text that is marked from outside: a fault that the server named, or a part that is pointed at. */
export interface EditorMark {
  readonly from: number;
  readonly to: number;
  readonly kind: 'error' | 'pointed';
}

const setMarks = StateEffect.define<readonly EditorMark[]>();
const DECORATIONS = { error: Decoration.mark({ class: 'cm-lintRange cm-lintRange-error' }), pointed: Decoration.mark({ class: 'cm-pointedPart' }) };

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue;
      const length = transaction.newDoc.length;
      const inside = effect.value.filter(({ from, to }) => from < to && to <= length);
      return Decoration.set(inside.map(({ from, to, kind }) => DECORATIONS[kind].range(from, to)), true);
    }
    // What is typed makes the server's remarks old.
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (self) => EditorView.decorations.from(self),
});

const theme = EditorView.theme({ '.cm-pointedPart': { backgroundColor: 'var(--surface-selected)', borderRadius: '3px' } });

/** Lets marks be shown with `showMarks`. */
export const editorMarks: Extension = [field, theme];

/** Replaces all marks; those beyond the text are left out. */
export function showMarks(view: EditorView, marks: readonly EditorMark[]): void {
  view.dispatch({ effects: setMarks.of(marks) });
}
