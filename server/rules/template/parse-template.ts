import { quote, unquote } from '#server/promql/go-string.ts';
import { lexTemplate } from './lex-template.ts';
import { parseNumber } from './parse-number.ts';
import { TemplateError } from './template-error.ts';
import { nodeText, type BranchNode, type CommandNode, type OperandNode, type PipeNode, type TemplateNode } from './template-node.ts';
import { describeToken, type TemplateToken } from './template-token.ts';

/** A template ready to run, with the ones it defines. */
export interface ParsedTemplate {
  readonly name: string;
  readonly text: string;
  readonly body: readonly TemplateNode[];
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}

/** Deeper than any rule's; guards the recursion against hostile input. */
const MAX_DEPTH = 200;
const OPERANDS = new Set(['bool', 'character', 'dot', 'field', 'identifier', 'number', 'nil', 'string', 'variable', 'left-paren']);
const END_OF_TEXT: TemplateToken = { kind: 'end-of-text', text: '', start: 0, line: 1 };

/**
 * Parses a Go text template. `functions` are the names it may call. Throws TemplateError in Go's words, with the name and
 * the line. Source: Go's text/template/parse/parse.go.
 */
export function parseTemplate(name: string, text: string, functions: ReadonlySet<string>): ParsedTemplate {
  return new Parser(name, text, functions).run();
}

type Ending = { readonly kind: 'end' } | { readonly kind: 'else'; readonly chained: 'if' | 'with' | undefined };

class Parser {
  readonly #name: string;
  readonly #text: string;
  readonly #functions: ReadonlySet<string>;
  readonly #tokens: readonly TemplateToken[];
  readonly #defined = new Map<string, readonly TemplateNode[]>();
  #next = 0;
  #variables = ['$'];
  #depth = 0;
  #rangeDepth = 0;
  #actionLine = 0;

  constructor(name: string, text: string, functions: ReadonlySet<string>) {
    this.#name = name;
    this.#text = text;
    this.#functions = functions;
    this.#tokens = lexTemplate(text);
  }

  run(): ParsedTemplate {
    const body: TemplateNode[] = [];
    while (this.#peek().kind !== 'end-of-text') {
      const node = this.#textOrAction(true);
      if (node === undefined) continue;
      if (node.kind === 'end' || node.kind === 'else') this.#fail(`unexpected {{${node.kind}}}`);
      body.push(node);
    }
    return { name: this.#name, text: this.#text, body, defined: this.#defined };
  }

  #fail(message: string): never {
    const line = this.#tokens[Math.max(0, this.#next - 1)]?.line ?? 1;
    throw new TemplateError(`template: ${this.#name}:${line}: ${message}`);
  }

  #peek(): TemplateToken {
    return this.#tokens[this.#next] ?? END_OF_TEXT;
  }

  #take(): TemplateToken {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #skipSpace(): TemplateToken {
    while (this.#peek().kind === 'space') this.#next++;
    return this.#peek();
  }

  #takeWord(): TemplateToken {
    this.#skipSpace();
    return this.#take();
  }

  #unexpected(token: TemplateToken, context: string): never {
    if (token.kind !== 'error') this.#fail(`unexpected ${describeToken(token)} in ${context}`);
    const elsewhere = this.#actionLine !== 0 && this.#actionLine !== token.line ? ` in action started at ${this.#name}:${this.#actionLine}` : '';
    this.#fail(`${token.text}${token.text.endsWith(' action') ? elsewhere.replace(' in action', '') : elsewhere}`);
  }

  #expectClose(context: string): void {
    const token = this.#takeWord();
    if (token.kind !== 'close') this.#unexpected(token, context);
  }

  /** Up to `{{end}}` or `{{else}}`. */
  #list(): { readonly body: readonly TemplateNode[]; readonly ending: Ending } {
    if (++this.#depth > MAX_DEPTH) this.#fail('max expression depth exceeded');
    const body: TemplateNode[] = [];
    while (this.#peek().kind !== 'end-of-text') {
      const node = this.#textOrAction(false);
      if (node === undefined) continue;
      if (node.kind === 'end' || node.kind === 'else') {
        this.#depth--;
        return { body, ending: node };
      }
      body.push(node);
    }
    this.#fail('unexpected EOF');
  }

  #textOrAction(top: boolean): TemplateNode | Ending | undefined {
    const token = this.#takeWord();
    if (token.kind === 'text') return { kind: 'text', text: token.text };
    if (token.kind !== 'open') this.#unexpected(token, 'input');
    this.#actionLine = token.line;
    const node = this.#action(top);
    this.#actionLine = 0;
    return node;
  }

  #action(top: boolean): TemplateNode | Ending | undefined {
    const token = this.#skipSpace();
    if (token.kind !== 'keyword') return { kind: 'action', at: token.start, pipe: this.#pipeline('command', 'close') };
    this.#next++;
    switch (token.text) {
      case 'if':
      case 'range':
      case 'with':
        return this.#branch(token.text);
      case 'end':
        this.#expectClose('end');
        return { kind: 'end' };
      case 'else': {
        const { kind, text } = this.#skipSpace();
        if (kind === 'keyword' && (text === 'if' || text === 'with')) return { kind: 'else', chained: text };
        this.#expectClose('else');
        return { kind: 'else', chained: undefined };
      }
      case 'break':
      case 'continue': {
        this.#expectClose(`{{${token.text}}}`);
        if (this.#rangeDepth === 0) this.#fail(`{{${token.text}}} outside {{range}}`);
        return { kind: token.text, at: token.start };
      }
      case 'define':
        if (!top) this.#unexpected(token, 'command');
        this.#define('define clause', false);
        return undefined;
      case 'block':
        return this.#define('block clause', true);
      case 'template': {
        const name = this.#templateName('template clause');
        const closes = this.#skipSpace().kind === 'close';
        if (closes) this.#next++;
        return { kind: 'template', at: name.at, name: name.name, pipe: closes ? undefined : this.#pipeline('template clause', 'close') };
      }
      default:
        return this.#unexpected(token, 'command');
    }
  }

  #templateName(context: string): { readonly name: string; readonly at: number } {
    const token = this.#takeWord();
    const name = token.kind === 'string' ? unquote(token.text) : undefined;
    if (name === undefined) this.#unexpected(token, context);
    return { name, at: token.start };
  }

  #define(context: string, isBlock: boolean): TemplateNode {
    const { name, at } = this.#templateName(context);
    let pipe: PipeNode | undefined;
    if (isBlock) pipe = this.#pipeline(context, 'close');
    else this.#expectClose(context);
    const outer = this.#variables;
    this.#variables = ['$'];
    const { body, ending } = this.#list();
    if (ending.kind !== 'end') this.#fail(`unexpected {{else}} in ${context}`);
    this.#variables = outer;
    this.#defined.set(name, body);
    return { kind: 'template', at, name, pipe };
  }

  #branch(kind: BranchNode['kind']): BranchNode {
    const mark = this.#variables.length;
    const pipe = this.#pipeline(kind, 'close');
    if (kind === 'range') this.#rangeDepth++;
    const { body, ending } = this.#list();
    if (kind === 'range') this.#rangeDepth--;
    const otherwise = ending.kind === 'end' ? undefined : this.#otherwise(kind, ending);
    this.#variables.length = mark;
    return { kind, at: pipe.at, pipe, body, otherwise };
  }

  /** `{{else if x}}` is `{{else}}{{if x}}` with one `{{end}}` for both. */
  #otherwise(kind: BranchNode['kind'], { chained }: Extract<Ending, { kind: 'else' }>): readonly TemplateNode[] {
    if (chained !== undefined) {
      if (chained !== kind) this.#unexpected(this.#take(), 'else');
      this.#next++;
      if (++this.#depth > MAX_DEPTH) this.#fail('max expression depth exceeded');
      const node = this.#branch(chained);
      this.#depth--;
      return [node];
    }
    const { body, ending } = this.#list();
    if (ending.kind !== 'end') this.#fail('expected end; found {{else}}');
    return body;
  }

  #pipeline(context: string, closing: 'close' | 'right-paren'): PipeNode {
    const at = this.#skipSpace().start;
    const { declares, assigns } = this.#declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.#skipSpace();
      if (token.kind === closing) {
        this.#next++;
        break;
      }
      if (!OPERANDS.has(token.kind)) {
        this.#next++;
        this.#unexpected(token, context);
      }
      commands.push(this.#command());
    }
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    for (const [index, { first }] of commands.entries()) {
      if (index > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes(first.kind)) this.#fail(`non executable command in pipeline stage ${index + 1}`);
    }
    return { kind: 'pipe', at, declares, assigns, commands };
  }

  #declarations(context: string): { readonly declares: readonly string[]; readonly assigns: boolean } {
    const declares: string[] = [];
    for (;;) {
      const variable = this.#skipSpace();
      const back = this.#next;
      if (variable.kind !== 'variable') return { declares, assigns: false };
      this.#next++;
      const next = this.#skipSpace();
      if (next.kind === 'assign' || next.kind === 'declare') {
        this.#next++;
        declares.push(variable.text);
        this.#variables.push(variable.text);
        return { declares, assigns: next.kind === 'assign' };
      }
      if (next.kind !== 'other' || next.text !== ',') {
        this.#next = back;
        return { declares, assigns: false };
      }
      this.#next++;
      declares.push(variable.text);
      this.#variables.push(variable.text);
      if (context !== 'range' || declares.length > 1) this.#fail(`too many declarations in ${context}`);
      if (!['variable', 'close', 'right-paren'].includes(this.#skipSpace().kind)) this.#fail('range can only initialize variables');
    }
  }

  #command(): CommandNode {
    const at = this.#skipSpace().start;
    const operands: OperandNode[] = [];
    for (;;) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#take();
      if (token.kind === 'space') continue;
      if (token.kind === 'close' || token.kind === 'right-paren') this.#next--;
      else if (token.kind !== 'pipe') this.#unexpected(token, 'operand');
      break;
    }
    const [first, ...args] = operands;
    if (first === undefined) this.#fail('empty command');
    return { kind: 'command', at, first, args };
  }

  #operand(): OperandNode | undefined {
    const node = this.#term();
    if (node === undefined || this.#peek().kind !== 'field') return node;
    const at = this.#peek().start;
    const fields: string[] = [];
    while (this.#peek().kind === 'field') fields.push(this.#take().text.slice(1));
    switch (node.kind) {
      case 'field':
      case 'variable':
        return { ...node, at, fields: [...node.fields, ...fields] };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.#fail(`unexpected . after term ${quote(nodeText(node))}`);
      default:
        return { kind: 'chain', at, of: node, fields };
    }
  }

  #term(): OperandNode | undefined {
    const token = this.#skipSpace();
    const at = token.start;
    if (!OPERANDS.has(token.kind)) return undefined;
    this.#next++;
    switch (token.kind) {
      case 'identifier':
        if (!this.#functions.has(token.text)) this.#fail(`function ${quote(token.text)} not defined`);
        return { kind: 'identifier', at, name: token.text };
      case 'dot':
      case 'nil':
        return { kind: token.kind, at };
      case 'variable':
        if (!this.#variables.includes(token.text)) this.#fail(`undefined variable ${quote(token.text)}`);
        return { kind: 'variable', at, name: token.text, fields: [] };
      case 'field':
        return { kind: 'field', at, fields: [token.text.slice(1)] };
      case 'bool':
        return { kind: 'bool', at, value: token.text === 'true' };
      case 'number':
      case 'character': {
        const number = parseNumber(token.text);
        return number === undefined ? this.#fail(`illegal number syntax: ${quote(token.text)}`) : { kind: 'number', at, text: token.text, ...number };
      }
      case 'string': {
        const value = unquote(token.text);
        return value === undefined ? this.#fail('invalid syntax') : { kind: 'string', at, quoted: token.text, value };
      }
      default: {
        if (++this.#depth > MAX_DEPTH) this.#fail('max expression depth exceeded');
        const pipe = this.#pipeline('parenthesized pipeline', 'right-paren');
        this.#depth--;
        return pipe;
      }
    }
  }
}
