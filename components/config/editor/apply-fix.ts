import { isCollection, isSeq, parseAllDocuments, type Document } from 'yaml';
import type { AnalysisFix, PatchOperation } from '#mesh-core/domain/resources/analysis/analysis-message.ts';

/**
 * Makes a fix's changes in a text of YAML documents, in the one of the documents (empty ones do not count) that it is about. Comments,
 * order and the other documents stay as they are. Undefined when the text does not parse, or is no longer what the fix is for.
 */
export function applyFix(text: string, document: number, fix: AnalysisFix): string | undefined {
  const parsed = parseAllDocuments(text, { logLevel: 'silent', prettyErrors: false });
  const all: Document.Parsed[] = Array.isArray(parsed) ? [...parsed] : [];
  if (all.some(({ errors }) => errors.length > 0)) return undefined;
  const target = all.filter(({ contents }) => contents !== null && contents.toJSON() !== null)[document];
  if (target === undefined) return undefined;
  for (const operation of fix.patch) if (!change(target, operation)) return undefined;
  const options = { lineWidth: 0, indentSeq: indentsLists(text) };
  const changed = target.toString(options);
  if (all.length === 1) return changed;
  // A document's own text begins with its mark, so that the pieces make up the whole again.
  return all.map((each, index) => (each === target ? changed : text.slice(each.range[0], all[index + 1]?.range[0] ?? text.length))).join('');
}

/** Makes one change of a JSON Patch; false when its place is not there. */
function change(document: Document, { op, path, value }: PatchOperation): boolean {
  const keys = path.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const steps: (string | number)[] = [];
  for (const key of keys) {
    const parent: unknown = steps.length === 0 ? document.contents : document.getIn(steps, true);
    if (!isCollection(parent)) return false;
    steps.push(isSeq(parent) ? (key === '-' ? parent.items.length : Number(key)) : key);
  }
  if (steps.length === 0) return false;
  const last = steps.at(-1);
  if (op === 'add') {
    const parent: unknown = steps.length === 1 ? document.contents : document.getIn(steps.slice(0, -1), true);
    if (isSeq(parent) && typeof last === 'number') parent.items.splice(last, 0, document.createNode(value));
    else document.setIn(steps, document.createNode(value));
    return true;
  }
  if (!document.hasIn(steps)) return false;
  if (op === 'remove') return document.deleteIn(steps);
  // A scalar is changed in place, which keeps a comment beside it.
  document.setIn(steps, typeof value === 'object' && value !== null ? document.createNode(value) : value);
  return true;
}

/** Does a text indent the items of a list below their key? Kubernetes' own printers do not. */
function indentsLists(text: string): boolean {
  return /^( *)[^\s#-][^\n]*:[ \t]*\n\1 +- /m.test(text);
}
