import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete';
import { cursorAt, type YamlCursor } from '#components/code/yaml-cursor.ts';
import { apiVersionOf, kindByApiVersion, KINDS } from '#mesh-core/domain/resources/kinds.ts';
import { completionsAt, schemaAt } from '#mesh-core/domain/resources/schema/completions-at.ts';

/** Names in the mesh that a field may refer to, by the field's name: `host`, `subset`, `principals`. */
export type KnownNames = Readonly<Record<string, readonly string[]>>;

/** Completion for objects of the mesh: field names and values by the schema of their kind, and names that exist. */
export function yamlCompletion(names: KnownNames): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const result = completeAt(context.state.doc.toString(), context.pos, names);
    if (result === undefined || (!context.explicit && result.typed === '' && result.kind === 'key')) return null;
    return { from: result.from, options: [...result.options], validFor: /^[\w./:*-]*$/ };
  };
}

/** What may stand at an offset of a text of one or more documents; `undefined` for nothing. Pure, for tests. */
export function completeAt(text: string, offset: number, names: KnownNames): { readonly from: number; readonly kind: YamlCursor['kind']; readonly typed: string; readonly options: readonly Completion[] } | undefined {
  const { document, start } = documentAt(text, offset);
  const cursor = cursorAt(document, offset - start);
  const kind = kindIdIn(document);
  const options = [...schemaOptions(kind, cursor), ...nameOptions(cursor, names)];
  return options.length === 0 ? undefined : { from: cursor.from + start, kind: cursor.kind, typed: cursor.typed, options };
}

/** Id of the kind that a document says it is; two kinds named Gateway differ by `apiVersion`. */
function kindIdIn(document: string): string {
  const kind = /^kind:[ \t]*(\w+)/m.exec(document)?.[1] ?? '';
  const apiVersion = /^apiVersion:[ \t]*([\w./-]+)/m.exec(document)?.[1] ?? '';
  return kindByApiVersion(apiVersion, kind)?.id ?? kind;
}

function schemaOptions(kind: string, cursor: YamlCursor): readonly Completion[] {
  if (cursor.path.length === 0 && cursor.kind === 'value') {
    if (cursor.key === 'kind') return KINDS.map((info) => ({ label: info.kind, type: 'class', detail: apiVersionOf(info) }));
    if (cursor.key === 'apiVersion') return [...new Set(KINDS.map(apiVersionOf))].map((label) => ({ label, type: 'namespace' }));
  }
  const path = cursor.kind === 'value' && cursor.key !== undefined ? [...cursor.path, cursor.key] : cursor.path;
  return completionsAt(kind, path)
    .filter(({ kind: what, label }) => (what === 'value') === (cursor.kind === 'value') && !(what === 'field' && cursor.siblings.includes(label)))
    .map(({ kind: what, label, type, help, required }): Completion => ({
      label,
      type: what === 'field' ? 'property' : 'constant',
      ...(type === '' ? {} : { detail: required ? `${type}, required` : type }),
      ...(help === '' ? {} : { info: help }),
      ...(required ? { boost: 1 } : {}),
      ...(what === 'field' ? { apply: `${label}:${opensBlock(kind, [...path, label]) ? '' : ' '}` } : {}),
    }));
}

/** Objects, maps and lists start on the next line. */
function opensBlock(kind: string, path: readonly (string | number)[]): boolean {
  const shape = schemaAt(kind, path)?.kind;
  return shape === 'object' || shape === 'map' || shape === 'array';
}

function nameOptions(cursor: YamlCursor, names: KnownNames): readonly Completion[] {
  // In a list of names the cursor is at an item, below the list's key.
  const key = cursor.kind === 'value' ? cursor.key : typeof cursor.path.at(-1) === 'number' ? cursor.path.at(-2) : undefined;
  if (typeof key !== 'string' || !Object.hasOwn(names, key)) return [];
  return (names[key] ?? []).map((label) => ({ label, type: 'variable', detail: 'in the mesh' }));
}

function documentAt(text: string, offset: number): { readonly document: string; readonly start: number } {
  const before = text.lastIndexOf('\n---', offset - 1);
  const lineEnd = before === -1 ? -1 : text.indexOf('\n', before + 1);
  const start = before === -1 || lineEnd === -1 ? 0 : lineEnd + 1;
  const after = text.indexOf('\n---', offset);
  return { document: text.slice(start, after === -1 ? undefined : after), start };
}
