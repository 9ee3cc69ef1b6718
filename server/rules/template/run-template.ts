import type { ParsedTemplate } from './parse-template.ts';
import { TemplateError } from './template-error.ts';
import type { ParameterType, TemplateFunction } from './template-function.ts';
import { nodeText, type BranchNode, type CommandNode, type OperandNode, type PipeNode, type TemplateNode } from './template-node.ts';
import { GoInt, GoStruct, isMap, isTrue, printValue, sortedEntries, typeName, type TemplateValue } from './template-value.ts';

/** Longest text and most steps of one expansion: a template of a hostile rule must not hold the server. */
const MAX_LENGTH = 1024 * 1024;
const MAX_STEPS = 200_000;
const MAX_DEPTH = 100;

/**
 * Runs a template over its data and gives the text. Missing map keys give the zero value, as Prometheus sets it. Throws
 * TemplateError in Go's words with the place. Source: Go's text/template/exec.go.
 */
export function runTemplate(template: ParsedTemplate, data: TemplateValue, functions: Readonly<Record<string, TemplateFunction>>): string {
  const run = new Run(template, functions);
  run.list(template.body, data, [{ name: '$', value: data }]);
  return run.output;
}

interface Variable {
  readonly name: string;
  value: TemplateValue;
}
interface Scope {
  readonly dot: TemplateValue;
  readonly variables: Variable[];
}
/** No value was piped in. */
const NOTHING = Symbol('nothing');
type Piped = TemplateValue | typeof NOTHING;
type Located = { readonly at: number } & (OperandNode | CommandNode);

class LoopExit {
  readonly kind: 'break' | 'continue';
  constructor(kind: 'break' | 'continue') {
    this.kind = kind;
  }
}

class Run {
  output = '';
  readonly #template: ParsedTemplate;
  readonly #functions: Readonly<Record<string, TemplateFunction>>;
  #name: string;
  #steps = 0;
  #depth = 0;

  constructor(template: ParsedTemplate, functions: Readonly<Record<string, TemplateFunction>>) {
    this.#template = template;
    this.#functions = functions;
    this.#name = template.name;
  }

  list(nodes: readonly TemplateNode[], dot: TemplateValue, variables: Variable[]): void {
    for (const node of nodes) this.#walk(node, { dot, variables });
  }

  #walk(node: TemplateNode, scope: Scope): void {
    this.#step();
    switch (node.kind) {
      case 'text':
        this.output += node.text;
        return;
      case 'action': {
        const value = this.#pipeline(node.pipe, scope);
        if (node.pipe.declares.length === 0) this.output += printValue(value);
        return;
      }
      case 'break':
      case 'continue':
        throw new LoopExit(node.kind);
      case 'range':
        return this.#range(node, scope);
      case 'if':
      case 'with': {
        const mark = scope.variables.length;
        const value = this.#pipeline(node.pipe, scope);
        if (isTrue(value)) this.list(node.body, node.kind === 'with' ? value : scope.dot, scope.variables);
        else if (node.otherwise !== undefined) this.list(node.otherwise, scope.dot, scope.variables);
        scope.variables.length = mark;
        return;
      }
      case 'template':
        return this.#invoke(node, scope);
    }
  }

  #step(): void {
    if (++this.#steps > MAX_STEPS || this.output.length > MAX_LENGTH) throw new TemplateError(`template: ${this.#template.name}: it takes more than ${MAX_STEPS} steps or gives more than ${MAX_LENGTH} characters`);
  }

  #invoke(node: Extract<TemplateNode, { kind: 'template' }>, scope: Scope): void {
    const body = this.#template.defined.get(node.name);
    const place = (): string => `template: ${this.#place(node.at)}: executing ${JSON.stringify(this.#name)} at <{{template ${JSON.stringify(node.name)}${node.pipe === undefined ? '' : ` ${nodeText(node.pipe)}`}}}>: `;
    if (body === undefined) throw new TemplateError(`${place()}template ${JSON.stringify(node.name)} not defined`);
    if (this.#depth >= MAX_DEPTH) throw new TemplateError(`${place()}exceeded maximum template depth (${MAX_DEPTH})`);
    const dot = node.pipe === undefined ? undefined : this.#pipeline(node.pipe, scope);
    const caller = this.#name;
    this.#depth++;
    this.#name = node.name;
    this.list(body, dot, [{ name: '$', value: dot }]);
    this.#name = caller;
    this.#depth--;
  }

  #range(node: BranchNode, scope: Scope): void {
    const mark = scope.variables.length;
    const over = this.#pipeline(node.pipe, scope);
    const items = this.#itemsOf(over, node);
    const inner = scope.variables.length;
    try {
      for (const [key, item] of items) {
        this.#step();
        this.#setLoopVariables(node.pipe, key, item, scope);
        try {
          this.list(node.body, item, scope.variables);
        } catch (error) {
          if (!(error instanceof LoopExit) || error.kind === 'break') throw error;
        }
        scope.variables.length = inner;
      }
    } catch (error) {
      if (!(error instanceof LoopExit)) throw error;
    }
    scope.variables.length = inner;
    if (items.length === 0 && node.otherwise !== undefined) this.list(node.otherwise, scope.dot, scope.variables);
    scope.variables.length = mark;
  }

  #itemsOf(over: TemplateValue, node: BranchNode): readonly (readonly [key: TemplateValue, item: TemplateValue])[] {
    if (over === undefined) return [];
    if (Array.isArray(over)) return over.map((item: TemplateValue, i) => [new GoInt(i), item] as const);
    if (isMap(over)) return sortedEntries(over);
    if (over instanceof GoInt) {
      if (over.value > MAX_STEPS - this.#steps) this.#fail(node.pipe, `cannot range over ${over.value} numbers: a template may take ${MAX_STEPS} steps`);
      if (node.pipe.declares.length > 1) this.#fail(node.pipe, `can't use ${over.value} to iterate over more than one variable`);
      return Array.from({ length: Math.max(0, over.value) }, (_, i) => [undefined, new GoInt(i)] as const);
    }
    return this.#fail(node.pipe, `range can't iterate over ${printValue(over)}`);
  }

  #setLoopVariables({ declares, assigns }: PipeNode, key: TemplateValue, item: TemplateValue, { variables }: Scope): void {
    const values = declares.length > 1 ? [key, item] : [item];
    for (const [i, name] of declares.entries()) {
      // Declared ones are the last of the stack already, in the order of the text.
      if (assigns) this.#assign(name, values[i], variables);
      else {
        const variable = variables[variables.length - declares.length + i];
        if (variable !== undefined) variable.value = values[i];
      }
    }
  }

  #assign(name: string, value: TemplateValue, variables: readonly Variable[]): void {
    const variable = variables.findLast((one) => one.name === name);
    if (variable !== undefined) variable.value = value;
  }

  #place(at: number): string {
    const before = this.#template.text.slice(0, at);
    const line = before.lastIndexOf('\n') + 1;
    return `${this.#template.name}:${before.split('\n').length}:${new TextEncoder().encode(before.slice(line)).length}`;
  }

  #fail(node: Located, message: string, cause?: unknown): never {
    throw new TemplateError(`template: ${this.#place(node.at)}: executing ${JSON.stringify(this.#name)} at <${nodeText(node)}>: ${message}`, { cause });
  }

  #pipeline(pipe: PipeNode, scope: Scope): TemplateValue {
    let value: Piped = NOTHING;
    for (const command of pipe.commands) value = this.#command(command, value, scope);
    const result = value === NOTHING ? undefined : value;
    for (const name of pipe.declares) {
      if (pipe.assigns) this.#assign(name, result, scope.variables);
      else scope.variables.push({ name, value: result });
    }
    return result;
  }

  #command(command: CommandNode, piped: Piped, scope: Scope): TemplateValue {
    const { first, args } = command;
    if (first.kind === 'identifier') return this.#call(first.name, first, command, args, piped, scope);
    const given = args.length > 0 || piped !== NOTHING;
    switch (first.kind) {
      case 'field':
      case 'variable':
      case 'chain': {
        if (given && first.fields.length === 0) this.#fail(first, `can't give argument to non-function ${nodeText(first)}`);
        const value = this.#operand(first, scope);
        if (given) this.#fail(first, `${first.fields.at(-1) ?? ''} is not a method but has arguments`);
        return value;
      }
      case 'nil':
        return this.#fail(first, 'nil is not a command');
      default:
        if (given) this.#fail(first, `can't give argument to non-function ${nodeText(first)}`);
        return this.#operand(first, scope);
    }
  }

  #operand(node: OperandNode, scope: Scope): TemplateValue {
    switch (node.kind) {
      case 'pipe':
        return this.#pipeline(node, scope);
      case 'identifier':
        return this.#call(node.name, node, node, [], NOTHING, scope);
      case 'dot':
        return scope.dot;
      case 'nil':
        return undefined;
      case 'bool':
      case 'string':
        return node.value;
      case 'number':
        return node.isInt ? new GoInt(node.value) : node.value;
      case 'field':
        return this.#fields(scope.dot, node.fields, node);
      case 'variable':
        return this.#fields(scope.variables.findLast(({ name }) => name === node.name)?.value, node.fields, node);
      case 'chain':
        if (node.of.kind === 'nil') this.#fail(node, `indirection through explicit nil in ${nodeText(node)}`);
        return this.#fields(this.#operand(node.of, scope), node.fields, node);
    }
  }

  #fields(receiver: TemplateValue, names: readonly string[], node: OperandNode): TemplateValue {
    let value = receiver;
    // A field that holds any value has this type for Go, whatever is in it.
    let declared: string | undefined;
    for (const name of names) {
      if (value === undefined) return undefined;
      if (value instanceof GoStruct) {
        if (!Object.hasOwn(value.fields, name)) this.#fail(node, `can't evaluate field ${name} in type ${value.type}`);
        value = value.fields[name];
        declared = name === 'Value' ? 'interface {}' : undefined;
      } else if (isMap(value)) {
        value = value.get(name) ?? (typeName(value) === 'map[string]string' ? '' : undefined);
      } else this.#fail(node, `can't evaluate field ${name} in type ${declared ?? typeName(value)}`);
    }
    return value;
  }

  #call(name: string, node: OperandNode, whole: OperandNode | CommandNode, args: readonly OperandNode[], piped: Piped, scope: Scope): TemplateValue {
    if (name === 'and' || name === 'or') return this.#logic(name, node, args, piped, scope);
    const fn = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (fn === undefined) this.#fail(node, `${JSON.stringify(name)} is not a defined function`);
    const count = args.length + (piped === NOTHING ? 0 : 1);
    if (fn.more === undefined && count !== fn.takes.length) this.#fail(node, `wrong number of args for ${name}: want ${fn.takes.length} got ${count}`);
    if (fn.more !== undefined && count < fn.takes.length) this.#fail(node, `wrong number of args for ${name}: want at least ${fn.takes.length} got ${args.length}`);
    const typeAt = (i: number): ParameterType => fn.takes[i] ?? fn.more ?? 'any';
    const values = args.map((arg, i) => this.#argument(arg, typeAt(i), scope));
    if (piped !== NOTHING) values.push(this.#checkType(piped, typeAt(args.length), args.at(-1) ?? node));
    try {
      return fn.call(values);
    } catch (error) {
      if (error instanceof Error && error.constructor === Error) return this.#fail(whole, `error calling ${name}: ${error.message}`, error);
      throw error;
    }
  }

  /** They give the first argument that decides, and evaluate no further. */
  #logic(name: 'and' | 'or', node: OperandNode, args: readonly OperandNode[], piped: Piped, scope: Scope): TemplateValue {
    if (args.length === 0 && piped === NOTHING) this.#fail(node, `wrong number of args for ${name}: want at least 1 got 0`);
    let value: TemplateValue;
    for (const arg of args) {
      value = this.#operand(arg, scope);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped === NOTHING ? value : piped;
  }

  #argument(node: OperandNode, type: ParameterType, scope: Scope): TemplateValue {
    if (node.kind === 'nil' && type === 'string') this.#fail(node, 'cannot assign nil to string');
    if (type === 'string' && (node.kind === 'number' || node.kind === 'bool')) this.#fail(node, `expected string; found ${nodeText(node)}`);
    if ((type === '*template.sample' || type === 'template.queryResult') && (node.kind === 'number' || node.kind === 'bool' || node.kind === 'string')) this.#fail(node, `can't handle ${nodeText(node)} for arg of type ${type}`);
    return this.#checkType(this.#operand(node, scope), type, node);
  }

  #checkType(value: TemplateValue, type: ParameterType, node: OperandNode): TemplateValue {
    if (type === 'value' || type === 'any') return value;
    if (value === undefined) this.#fail(node, `invalid value; expected ${type}`);
    if (typeName(value) !== type) this.#fail(node, `wrong type for value; expected ${type}; got ${typeName(value)}`);
    return value;
  }
}
