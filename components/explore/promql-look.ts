import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const colours = HighlightStyle.define([
  { tag: tags.variableName, color: 'var(--text-primary)' },
  { tag: [tags.function(tags.variableName), tags.operatorKeyword], color: 'var(--code-property)', fontWeight: '500' },
  { tag: [tags.modifier, tags.logicOperator], color: 'var(--code-keyword)' },
  { tag: tags.labelName, color: 'var(--code-number)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.operator, tags.arithmeticOperator], color: 'var(--text-secondary)' },
  { tag: tags.paren, color: 'var(--text-secondary)' },
]);

/** One line when there is one: the field grows with what is typed. */
const layout = EditorView.theme({
  '&': { height: 'auto', maxHeight: '40vh', backgroundColor: 'transparent' },
  '.cm-content': { padding: '5px 0' },
  '.cm-line': { padding: '0 8px' },
  '.cm-placeholder': { color: 'var(--text-tertiary)' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '.cm-tooltip.cm-completionInfo': { maxWidth: '320px', whiteSpace: 'normal' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { maxHeight: '22em', minWidth: '280px' },
  '.cm-completionIcon': { display: 'none' },
});

/** How PromQL looks, over the look of every editor. */
export const promqlLook: Extension = [syntaxHighlighting(colours), layout];
