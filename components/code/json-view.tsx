'use client';

import { defaultKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { foldGutter, foldKeymap } from '@codemirror/language';
import { searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useMemo, useRef } from 'react';
import { cx } from '#components/ui/class-names.ts';
import { editorTheme } from './editor-theme.ts';

export interface JsonViewProps {
  readonly value: unknown;
  readonly label: string;
  readonly className?: string;
}

/** A JSON value to read: numbered, folding, Ctrl/⌘+F searches. JSON is YAML too, so it is coloured as that. Fills its parent. */
export function JsonView({ value, label, className }: JsonViewProps) {
  const host = useRef<HTMLDivElement>(null);
  // The value comes anew with each answer; an unchanged text keeps its scroll and folds.
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  useEffect(() => {
    if (host.current === null) return undefined;
    const view = new EditorView({
      parent: host.current,
      doc: text,
      extensions: [
        lineNumbers(),
        foldGutter(),
        yaml(),
        editorTheme,
        keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap]),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
      ],
    });
    return () => view.destroy();
  }, [text, label]);
  return <div ref={host} className={cx('h-full min-h-0 overflow-hidden [&_.cm-editor]:h-full', className)} />;
}
