'use client';

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { editorTheme } from '#components/code/editor-theme.ts';
import { completionClient } from './completion-client.ts';
import { editorMarks, showMarks, type EditorMark } from './editor-marks.ts';
import { promqlLook } from './promql-look.ts';

export interface PromqlEditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter. */
  readonly onRun: () => void;
  /** Id of the element that describes the text: its error. */
  readonly describedBy?: string | undefined;
  readonly invalid?: boolean;
  readonly marks?: readonly EditorMark[];
  readonly label: string;
  /** End of the page's range, Unix seconds: what is completed was there then. */
  readonly endSeconds: number;
  readonly autoFocus?: boolean;
}

const NO_MARKS: readonly EditorMark[] = [];

/** A field for PromQL: colours, completion from the store, faults as one types. Enter runs, Shift+Enter breaks the line. */
export function PromqlEditor({ value, onChange, onRun, describedBy, invalid = false, marks = NO_MARKS, label, endSeconds, autoFocus = false }: PromqlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const settings = useRef(new Compartment());
  const cache = useQueryClient();
  const latest = useRef({ value, onChange, onRun, endSeconds, autoFocus });
  useEffect(() => {
    latest.current = { value, onChange, onRun, endSeconds, autoFocus };
  });

  useEffect(() => {
    if (host.current === null) return undefined;
    const promql = new PromQLExtension().setComplete({ remote: completionClient(cache, () => latest.current.endSeconds), maxMetricsMetadata: 20_000 });
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
          placeholder('A PromQL query; Enter runs it'),
          promql.asExtension(),
          autocompletion({ icons: false, maxRenderedOptions: 200 }),
          editorTheme,
          promqlLook,
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
    return () => {
      promql.destroy();
      editor.destroy();
    };
  }, [cache]);

  useEffect(() => {
    view.current?.dispatch({
      effects: settings.current.reconfigure(EditorView.contentAttributes.of({ 'aria-label': label, 'aria-invalid': String(invalid), ...(describedBy === undefined ? {} : { 'aria-describedby': describedBy }) })),
    });
  }, [label, describedBy, invalid]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const text = editor.state.doc.toString();
    // Only a change from outside (history, browser, format): what is typed is here already.
    if (text !== value) editor.dispatch({ changes: { from: 0, to: text.length, insert: value }, selection: { anchor: value.length } });
    showMarks(editor, marks);
  }, [value, marks]);

  return <div ref={host} className="min-w-0 flex-1" />;
}
