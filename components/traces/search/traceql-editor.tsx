'use client';

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { editorTheme } from '#components/code/editor-theme.ts';
import { editorMarks, showMarks, type EditorMark } from '#components/explore/editor-marks.ts';
import { promqlLook } from '#components/explore/promql-look.ts';
import { traceqlColours } from './traceql-colours.ts';

/** As high as the buttons beside it, while it is one line. */
const oneLine = EditorView.theme({ '.cm-content': { padding: '3px 0' } });

export interface TraceqlEditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter. */
  readonly onRun: () => void;
  readonly complete: CompletionSource;
  readonly marks: readonly EditorMark[];
  readonly label: string;
  /** Id of the element with the fault in words. */
  readonly describedBy: string;
  readonly autoFocus?: boolean;
}

/** A field for TraceQL: colours, completion from what is stored, the fault underlined as one types. Enter runs, Shift+Enter breaks the line. */
export function TraceqlEditor({ value, onChange, onRun, complete, marks, label, describedBy, autoFocus = false }: TraceqlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const settings = useRef(new Compartment());
  const latest = useRef({ value, onChange, onRun, complete, autoFocus });
  useEffect(() => {
    latest.current = { value, onChange, onRun, complete, autoFocus };
  });

  useEffect(() => {
    if (host.current === null) return undefined;
    const runs = (): boolean => (latest.current.onRun(), true);
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          // Before completion's own Enter: it takes what is chosen, and otherwise the query runs.
          Prec.highest(
            keymap.of([
              { key: 'Enter', run: (target) => (completionStatus(target.state) === 'active' && acceptCompletion(target)) || runs() },
              { key: 'Mod-Enter', run: runs },
              { key: 'Shift-Enter', run: insertNewlineAndIndent },
              { key: 'Tab', run: acceptCompletion },
            ]),
          ),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          EditorView.lineWrapping,
          placeholder('{ resource.service.name = "catalog.shop" && status = error }'),
          autocompletion({ icons: false, maxRenderedOptions: 200, override: [(context) => latest.current.complete(context)] }),
          editorTheme,
          promqlLook,
          traceqlColours,
          Prec.highest(oneLine),
          editorMarks,
          settings.current.of([]),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    if (latest.current.autoFocus) editor.focus();
    return () => editor.destroy();
  }, []);

  const invalid = marks.length > 0;
  useEffect(() => {
    view.current?.dispatch({ effects: settings.current.reconfigure(EditorView.contentAttributes.of({ 'aria-label': label, 'aria-invalid': String(invalid), 'aria-describedby': describedBy, 'data-page-search': '' })) });
  }, [label, describedBy, invalid]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const text = editor.state.doc.toString();
    // Only a change from outside (form, facets, history): what is typed is here already.
    if (text !== value) editor.dispatch({ changes: { from: 0, to: text.length, insert: value }, selection: { anchor: value.length } });
    showMarks(editor, marks);
  }, [value, marks]);

  return <div ref={host} className="min-w-0 flex-1" />;
}
