import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--text-primary)', backgroundColor: 'var(--surface-panel)', fontSize: '12px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-geist-mono), ui-monospace, monospace', lineHeight: '20px', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--text-primary)' },
  '.cm-line': { padding: '0 12px 0 6px' },
  '.cm-cursor': { borderLeftColor: 'var(--text-primary)', borderLeftWidth: '1.5px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--surface-selected)' },
  '.cm-activeLine': { backgroundColor: 'var(--surface-hover)' },
  '.cm-gutters': { backgroundColor: 'var(--surface-panel)', color: 'var(--text-tertiary)', border: 'none', paddingLeft: '4px' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text-primary)' },
  '.cm-foldGutter .cm-gutterElement': { cursor: 'pointer', color: 'var(--text-tertiary)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--surface-active)', border: 'none', color: 'var(--text-secondary)', padding: '0 4px' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--surface-active)', outline: 'none' },
  '.cm-selectionMatch': { backgroundColor: 'var(--surface-active)' },
  '.cm-searchMatch': { backgroundColor: 'var(--status-degraded-bg)', outline: '1px solid var(--status-degraded-border)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--status-degraded-border)' },
  '.cm-panels': { backgroundColor: 'var(--surface-chrome)', color: 'var(--text-primary)', borderColor: 'var(--border-default)' },
  '.cm-panel input, .cm-panel button': { fontFamily: 'inherit', fontSize: '12px' },
  '.cm-textfield': { backgroundColor: 'var(--surface-panel)', border: '1px solid var(--border-control)', borderRadius: '4px' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--surface-panel)', border: '1px solid var(--border-strong)', borderRadius: '4px', color: 'inherit' },
  '.cm-tooltip': { backgroundColor: 'var(--surface-overlay)', border: '1px solid var(--border-default)', borderRadius: '6px', boxShadow: 'var(--elevation-overlay)', color: 'var(--text-primary)', overflow: 'hidden' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-geist-mono), ui-monospace, monospace', fontSize: '12px', padding: '4px', maxHeight: '16em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', borderRadius: '4px', lineHeight: '18px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--surface-active)', color: 'var(--text-primary)' },
  '.cm-completionDetail': { color: 'var(--text-tertiary)', fontStyle: 'normal', marginLeft: '12px' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600', color: 'var(--interactive-accent)' },
  '.cm-tooltip.cm-completionInfo': { padding: '8px', maxWidth: '360px', fontFamily: 'var(--font-geist), sans-serif', fontSize: '12px', lineHeight: '16px' },
  '.cm-diagnostic': { padding: '6px 10px', borderLeft: '3px solid', fontFamily: 'var(--font-geist), sans-serif', fontSize: '12px', lineHeight: '16px', maxWidth: '480px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--status-failing-fg)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--status-degraded-fg)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--status-progressing-fg)' },
  '.cm-lintRange': { backgroundImage: 'none', paddingBottom: '0' },
  '.cm-lintRange-error': { textDecoration: 'underline wavy var(--status-failing-fg) 1px', textUnderlineOffset: '3px', backgroundColor: 'var(--status-failing-bg)' },
  '.cm-lintRange-warning': { textDecoration: 'underline wavy var(--status-degraded-fg) 1px', textUnderlineOffset: '3px' },
  '.cm-lintRange-info': { textDecoration: 'underline dotted var(--status-progressing-fg) 1px', textUnderlineOffset: '3px' },
  // Merge view
  '.cm-changedLine': { backgroundColor: 'var(--diff-added-bg) !important' },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--diff-removed-bg) !important' },
  // The line is tinted already; only the characters that differ get more.
  'ins.cm-insertedLine': { background: 'none', textDecoration: 'none' },
  '.cm-changedText, .cm-insertedLine .cm-changedText': { background: 'var(--diff-added-text-bg) !important', textDecoration: 'none', borderRadius: '2px' },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': { background: 'var(--diff-removed-text-bg) !important', textDecoration: 'none', borderRadius: '2px' },
  // Code colours do not reach 4.5:1 on the stronger tint.
  '.cm-deletedText, .cm-changedText, .cm-changedText *': { color: 'var(--text-primary) !important' },
  '.cm-deletedChunk .cm-deletedLine': { background: 'none' },
  '.cm-deletedChunk': { paddingLeft: '6px' },
  '.cm-changeGutter': { width: '3px', paddingLeft: '0' },
  '&.cm-merge-b .cm-changedLineGutter, .cm-changedLineGutter': { background: 'var(--status-healthy-fg)' },
  '&.cm-merge-a .cm-changedLineGutter, .cm-deletedLineGutter': { background: 'var(--status-failing-fg)' },
  '.cm-collapsedLines': { color: 'var(--text-tertiary)', background: 'var(--surface-sunken) !important', padding: '3px 12px', fontFamily: 'var(--font-geist), sans-serif', cursor: 'pointer' },
  // The package's own marks are in no common font.
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"···" !important', color: 'var(--text-tertiary)' },
});

const highlight = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-property)' },
  { tag: [tags.string, tags.attributeValue], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: [tags.keyword, tags.typeName, tags.labelName, tags.meta], color: 'var(--code-keyword)' },
  { tag: tags.comment, color: 'var(--code-comment)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--text-tertiary)' },
]);

/** The look of every editor, all from tokens: it follows the theme without being rebuilt. */
export const editorTheme: Extension = [theme, syntaxHighlighting(highlight)];
