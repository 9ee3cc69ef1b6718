'use client';

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentUnit } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { cx } from '#components/ui/class-names.ts';
import { editorTheme } from './editor-theme.ts';
import { placeDiagnostics, type YamlDiagnostic } from './yaml-diagnostics.ts';

export interface YamlEditorProps {
  readonly value: string;
  readonly onChange?: (value: string) => void;
  /** Remarks of the server; syntax errors are found here and added. Keep the array stable between renders. */
  readonly diagnostics?: readonly YamlDiagnostic[];
  /** Completions; `cursorAt(text, pos)` of yaml-cursor.ts says where the cursor is. */
  readonly completion?: CompletionSource;
  readonly readOnly?: boolean;
  readonly label: string;
  /** Puts the cursor to this line (from 1) and shows it; a new object does so again. */
  readonly reveal?: { readonly line: number } | undefined;
  /** Ctrl/⌘+S. */
  readonly onSave?: () => void;
  readonly className?: string;
}

const NO_DIAGNOSTICS: readonly YamlDiagnostic[] = [];

/** A YAML editor with completion, inline errors, search and folding. Fills its parent. Esc then Tab leaves it. */
export function YamlEditor({ value, onChange, diagnostics = NO_DIAGNOSTICS, completion, readOnly = false, label, reveal, onSave, className }: YamlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const settings = useRef(new Compartment());
  const latest = useRef({ onChange, onSave, completion, value });
  useEffect(() => {
    latest.current = { onChange, onSave, completion, value };
  });

  useEffect(() => {
    if (host.current === null) return undefined;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          baseExtensions(),
          settings.current.of([]),
          autocompletion({ override: [(context) => latest.current.completion?.(context) ?? null], icons: false }),
          keymap.of([{ key: 'Mod-s', preventDefault: true, run: () => (latest.current.onSave?.(), true) }]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: settings.current.reconfigure([EditorState.readOnly.of(readOnly), EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': String(readOnly), tabindex: '0' })]) });
  }, [readOnly, label]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const text = editor.state.doc.toString();
    // Only a change from outside (undo of a write, reset): what is typed is here already.
    if (text !== value) editor.dispatch({ changes: { from: 0, to: text.length, insert: value } });
    editor.dispatch(setDiagnostics(editor.state, placeDiagnostics(value, diagnostics).map((placed) => ({ ...placed }))));
  }, [value, diagnostics]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || reveal === undefined) return;
    const { from } = editor.state.doc.line(Math.max(1, Math.min(reveal.line, editor.state.doc.lines)));
    editor.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
    editor.focus();
  }, [reveal]);

  return <div ref={host} className={cx('h-full min-h-0 overflow-hidden', className)} />;
}

/** What all editors share. */
export function baseExtensions(): Extension {
  return [
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    indentUnit.of('  '),
    EditorState.tabSize.of(2),
    yaml(),
    editorTheme,
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
  ];
}
