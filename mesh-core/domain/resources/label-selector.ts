/** Labels of an object, workload or endpoint. */
export type Labels = Readonly<Record<string, string>>;

/** Does an object with `labels` have every label of `selector`? An absent or empty selector selects everything. */
export function matchesLabels(selector: Labels | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return true;
  for (const key of Object.keys(selector)) {
    if (labels === undefined || !Object.hasOwn(labels, key) || labels[key] !== selector[key]) return false;
  }
  return true;
}

/** As `matchesLabels`, but an empty selector selects nothing: how a Service and a ServiceEntry pick workloads. */
export function selectsWorkload(selector: Labels | undefined, labels: Labels | undefined): boolean {
  return selector !== undefined && Object.keys(selector).length > 0 && matchesLabels(selector, labels);
}

/** One condition of a selector; a missing label satisfies `!=`, `notin` and `!`. `>` and `<` compare integers. */
export type LabelRequirement =
  | { readonly key: string; readonly operator: 'in' | 'notin'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'exists' | '!' }
  | { readonly key: string; readonly operator: '>' | '<'; readonly value: number };

export type ParsedSelector =
  | { readonly ok: true; readonly requirements: readonly LabelRequirement[] }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/**
 * Parses a Kubernetes selector string (`app=web,tier!=cache,version in (v1,v2),!legacy,replicas>2`); the empty string
 * has no requirement and selects everything. On a mistake it tells what was expected and at which character.
 * Source: Kubernetes documentation, "Labels and Selectors", and the grammar of apimachinery's labels.Parse.
 */
export function parseLabelSelector(text: string): ParsedSelector {
  const requirements: LabelRequirement[] = [];
  const scanner = { text, at: 0 };
  skipSpace(scanner);
  if (scanner.at === text.length) return { ok: true, requirements };
  for (;;) {
    const requirement = readRequirement(scanner);
    if (typeof requirement === 'string') return { ok: false, message: requirement, offset: scanner.at };
    requirements.push(requirement);
    skipSpace(scanner);
    if (scanner.at === text.length) return { ok: true, requirements };
    if (!take(scanner, ',')) return { ok: false, message: "expected ',' between two conditions", offset: scanner.at };
  }
}

/** Does an object with `labels` satisfy every requirement? */
export function satisfiesRequirements(requirements: readonly LabelRequirement[], labels: Labels | undefined): boolean {
  return requirements.every((requirement) => {
    const value = labels !== undefined && Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
    switch (requirement.operator) {
      case 'in':
        return value !== undefined && requirement.values.includes(value);
      case 'notin':
        return value === undefined || !requirement.values.includes(value);
      case 'exists':
        return value !== undefined;
      case '!':
        return value === undefined;
      case '>':
        return value !== undefined && isInteger(value) && Number(value) > requirement.value;
      case '<':
        return value !== undefined && isInteger(value) && Number(value) < requirement.value;
    }
  });
}

interface Scanner {
  readonly text: string;
  at: number;
}

function readRequirement(scanner: Scanner): LabelRequirement | string {
  skipSpace(scanner);
  const negated = scanner.text[scanner.at] === '!' && scanner.text[scanner.at + 1] !== '=' && take(scanner, '!');
  const key = readWord(scanner);
  if (key === '') return 'expected a label name';
  if (negated) return { key, operator: '!' };
  skipSpace(scanner);
  if (take(scanner, '!=')) return { key, operator: 'notin', values: [readWord(scanner)] };
  if (take(scanner, '==') || take(scanner, '=')) return { key, operator: 'in', values: [readWord(scanner)] };
  if (take(scanner, '>')) return readBound(scanner, key, '>');
  if (take(scanner, '<')) return readBound(scanner, key, '<');
  if (scanner.at === scanner.text.length || scanner.text[scanner.at] === ',') return { key, operator: 'exists' };
  const start = scanner.at;
  const word = readWord(scanner);
  if (word !== 'in' && word !== 'notin') {
    scanner.at = start;
    return 'expected one of =, ==, !=, in, notin, > or < after the label name';
  }
  return readSet(scanner, key, word);
}

function readBound(scanner: Scanner, key: string, operator: '>' | '<'): LabelRequirement | string {
  const value = readWord(scanner);
  return isInteger(value) ? { key, operator, value: Number(value) } : `expected a whole number after ${operator}`;
}

function readSet(scanner: Scanner, key: string, operator: 'in' | 'notin'): LabelRequirement | string {
  skipSpace(scanner);
  if (!take(scanner, '(')) return `expected '(' after ${operator}`;
  const values: string[] = [];
  do values.push(readWord(scanner));
  while (take(scanner, ','));
  return take(scanner, ')') ? { key, operator, values } : "expected ',' or ')' in the list of values";
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text);
}

function skipSpace(scanner: Scanner): void {
  while (/\s/.test(scanner.text[scanner.at] ?? '')) scanner.at += 1;
}

function take(scanner: Scanner, token: string): boolean {
  if (!scanner.text.startsWith(token, scanner.at)) return false;
  scanner.at += token.length;
  return true;
}

function readWord(scanner: Scanner): string {
  skipSpace(scanner);
  const pattern = /[A-Za-z0-9_./-]*/y;
  pattern.lastIndex = scanner.at;
  const word = pattern.exec(scanner.text)?.[0] ?? '';
  scanner.at += word.length;
  skipSpace(scanner);
  return word;
}
