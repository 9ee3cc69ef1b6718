/** The parsed template. `at` is the offset in the text that Go's messages name. Source: Go's text/template/parse/node.go. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly at: number; readonly pipe: PipeNode }
  | BranchNode
  | { readonly kind: 'template'; readonly at: number; readonly name: string; readonly pipe: PipeNode | undefined }
  | { readonly kind: 'break' | 'continue'; readonly at: number };
export interface BranchNode {
  readonly kind: 'if' | 'range' | 'with';
  readonly at: number;
  readonly pipe: PipeNode;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[] | undefined;
}
export interface PipeNode {
  readonly kind: 'pipe';
  readonly at: number;
  readonly declares: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly CommandNode[];
}
export interface CommandNode {
  readonly kind: 'command';
  readonly at: number;
  readonly first: OperandNode;
  readonly args: readonly OperandNode[];
}
export type OperandNode =
  | PipeNode
  | { readonly kind: 'identifier'; readonly at: number; readonly name: string }
  | { readonly kind: 'dot' | 'nil'; readonly at: number }
  | { readonly kind: 'variable'; readonly at: number; readonly name: string; readonly fields: readonly string[] }
  | { readonly kind: 'field'; readonly at: number; readonly fields: readonly string[] }
  | { readonly kind: 'chain'; readonly at: number; readonly of: OperandNode; readonly fields: readonly string[] }
  | { readonly kind: 'bool'; readonly at: number; readonly value: boolean }
  | { readonly kind: 'number'; readonly at: number; readonly text: string; readonly value: number; readonly isInt: boolean }
  | { readonly kind: 'string'; readonly at: number; readonly quoted: string; readonly value: string };

/** A part of a template as text, as Go's messages quote it. */
export function nodeText(node: OperandNode | CommandNode): string {
  switch (node.kind) {
    case 'pipe': {
      const declared = node.declares.length === 0 ? '' : `${node.declares.join(', ')} ${node.assigns ? '=' : ':='} `;
      return declared + node.commands.map(nodeText).join(' | ');
    }
    case 'command':
      return [node.first, ...node.args].map((operand) => (operand.kind === 'pipe' ? `(${nodeText(operand)})` : nodeText(operand))).join(' ');
    case 'identifier':
      return node.name;
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'variable':
      return [node.name, ...node.fields].join('.');
    case 'field':
      return node.fields.map((name) => `.${name}`).join('');
    case 'chain':
      return `${node.of.kind === 'pipe' ? `(${nodeText(node.of)})` : nodeText(node.of)}${node.fields.map((name) => `.${name}`).join('')}`;
    case 'bool':
      return String(node.value);
    case 'number':
      return node.text;
    case 'string':
      return node.quoted;
  }
}
