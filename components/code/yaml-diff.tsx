'use client';

import { yaml } from '@codemirror/lang-yaml';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { cx } from '#components/ui/class-names.ts';
import { EmptyState } from '#components/ui/states.tsx';
import { editorTheme } from './editor-theme.ts';

export interface YamlDiffProps {
  readonly before: string;
  readonly after: string;
  /** `split` needs about 900 px; `unified` fits anywhere. */
  readonly mode?: 'split' | 'unified';
  readonly label: string;
  readonly className?: string;
}

/** What a write would change: removed red, added teal, unchanged stretches folded away. */
export function YamlDiff({ before, after, mode = 'unified', label, className }: YamlDiffProps) {
  const host = useRef<HTMLDivElement>(null);
  const same = before === after;
  useEffect(() => {
    if (host.current === null || same) return undefined;
    const collapseUnchanged = { margin: 3, minSize: 6 };
    // Where all is new, or all goes, no character stands out.
    const highlightChanges = before !== '' && after !== '';
    if (mode === 'split') {
      const view = new MergeView({ parent: host.current, a: { doc: before, extensions: readOnly(`${label}, before`) }, b: { doc: after, extensions: readOnly(`${label}, after`) }, collapseUnchanged, gutter: true, highlightChanges });
      return () => view.destroy();
    }
    const view = new EditorView({ parent: host.current, doc: after, extensions: [readOnly(label), unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged, gutter: true, highlightChanges })] });
    return () => view.destroy();
  }, [before, after, mode, label, same]);
  if (same) return <EmptyState title="No change" hint="What you would write is what is there." {...(className === undefined ? {} : { className })} />;
  return <div ref={host} className={cx('min-h-0 overflow-auto', className)} />;
}

function readOnly(label: string): Extension {
  return [lineNumbers(), yaml(), editorTheme, EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.lineWrapping, EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })];
}
