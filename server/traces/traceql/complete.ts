import type { AttributeInfo, AttributeValueInfo } from '#server/traces/trace-questions.ts';
import type { Attribute, Intrinsic } from './ast.ts';
import { placeAt } from './complete/place.ts';
import { AGGREGATE_WORDS, COMPARISON_WORDS, CONDITION_OPERATORS, INTRINSIC_WORDS, LITERAL_WORDS, METRICS_WORDS, SCOPE_WORDS, SECOND_WORDS, SPANSET_OPERATORS, STAGE_WORDS, type Word } from './complete/words.ts';
import { printField, printStatic } from './print.ts';
import { INTRINSIC_TYPES } from './words.ts';

/** Something that can stand at the cursor. */
export interface CompletionOption {
  readonly label: string;
  /** What is put in instead of the label; `|` in it is where the cursor goes. */
  readonly apply?: string;
  readonly type: 'field' | 'scope' | 'operator' | 'function' | 'value' | 'keyword';
  /** A few words beside it: its types, how often it is there. */
  readonly detail?: string;
  /** A sentence about it. */
  readonly info?: string;
}

/** What can stand at a place of a text: the options replace `from` to `to`. */
export interface TraceQlCompletion {
  readonly from: number;
  readonly to: number;
  readonly options: readonly CompletionOption[];
  /** Values of this field fit too: look them up (`contains` is what is typed of one) and give them to `valueOptions`. */
  readonly values?: { readonly field: Attribute | Intrinsic; readonly contains: string };
}

/**
 * What can be written at the cursor (an offset) of a query, which may be half written. Options are not narrowed by what is
 * typed: the editor does that, between `from` and the cursor. Undefined where nothing is to be said: within a comment or a
 * number, behind a whole text.
 */
export function completeTraceQl(text: string, cursor: number, known: readonly AttributeInfo[]): TraceQlCompletion | undefined {
  const place = placeAt(text, cursor);
  if (place === undefined) return undefined;
  const { from, to, typed } = place;
  const at = (options: readonly CompletionOption[]): TraceQlCompletion => ({ from, to, options });
  switch (place.wants) {
    case 'operand':
      return at([...fieldOptions(known, typed), ...words(LITERAL_WORDS, 'keyword')]);
    case 'field':
      return at(fieldOptions(known, typed));
    case 'value': {
      const { field } = place;
      const keywords = field.kind === 'intrinsic' ? keywordsOf(field) : LITERAL_WORDS.filter((w) => w.label === 'nil' || w.label === 'true' || w.label === 'false');
      return { ...at(typed.startsWith('"') ? [] : [...words(keywords, 'keyword'), ...(typed === '' ? [] : fieldOptions(known, typed))]), values: { field, contains: typed.replace(/^"/, '') } };
    }
    case 'condition-operator':
      return at(words([...CONDITION_OPERATORS, ...(place.compared ? [] : COMPARISON_WORDS)], 'operator'));
    case 'comparison':
      return at(words(COMPARISON_WORDS.filter((w) => w.label !== '=~' && w.label !== '!~'), 'operator'));
    case 'spanset':
      return at([...words(STAGE_WORDS.filter((w) => w.label === '{ }'), 'keyword'), ...words(AGGREGATE_WORDS, 'function')]);
    case 'spanset-operator':
      return at(words([...SPANSET_OPERATORS, PIPE], 'operator'));
    case 'stage':
      return at([...words(STAGE_WORDS, 'keyword'), ...words(AGGREGATE_WORDS, 'function'), ...words(METRICS_WORDS, 'function')]);
    case 'after-stage':
      return at(words([PIPE], 'operator'));
    case 'after-metrics':
      return at([...words(SECOND_WORDS, 'keyword'), ...words(COMPARISON_WORDS.filter((w) => w.label !== '=~' && w.label !== '!~'), 'operator')]);
    case 'second':
      return at(words(SECOND_WORDS.filter((w) => w.label.endsWith('k()')).map((w) => ({ ...w, apply: w.apply?.replace('| ', '') ?? w.label, label: w.label.replace('| ', '') })), 'function'));
  }
}

const PIPE: Word = { label: '|', apply: '| ', info: 'Goes on with what was found.' };

/** Looked-up values as options, in their order, to stand where `values` of a completion were asked for. */
export function valueOptions(values: readonly AttributeValueInfo[]): CompletionOption[] {
  return values.flatMap(({ value, type, spans }): CompletionOption[] => {
    const detail = spans === undefined ? {} : { detail: `${spans} spans` };
    if (type === 'keyword') return [{ label: String(value), type: 'keyword', ...detail }];
    if (typeof value === 'string') {
      const quoted = printStatic({ type: 'string', value });
      return [{ label: quoted, type: 'value', ...detail }];
    }
    return typeof value === 'number' || typeof value === 'boolean' ? [{ label: type === 'float' && Number.isInteger(value) ? `${value}.0` : String(value), type: 'value', ...detail }] : [];
  });
}

function words(list: readonly Word[], type: CompletionOption['type']): CompletionOption[] {
  return list.map(({ label, apply, info }) => ({ label, ...(apply === undefined ? {} : { apply }), type, ...(info === undefined ? {} : { info }) }));
}

/** Attributes by their scope, behind a lone dot without one; intrinsics; scopes, to go on typing. */
function fieldOptions(known: readonly AttributeInfo[], typed: string): CompletionOption[] {
  const parent = typed.startsWith('parent.') ? 'parent.' : '';
  const attributes = known.flatMap(({ scope, key, types }): CompletionOption[] => {
    if (scope === 'intrinsic') return [];
    const detail = types.join(', ');
    if (typed.startsWith('.')) return scope === 'span' || scope === 'resource' ? [{ label: printField({ kind: 'attribute', key }), type: 'field', detail }] : [];
    return [{ label: printField({ kind: 'attribute', scope, key, ...(parent === '' ? {} : { parent: true }) }), type: 'field', detail }];
  });
  const distinct = [...new Map(attributes.map((option) => [option.label, option])).values()];
  if (typed.startsWith('.')) return distinct;
  const intrinsics = INTRINSIC_WORDS.filter(({ label }) => parent === '' || label.includes(':')).map(({ label, info, name }): CompletionOption => ({ label: `${parent}${label}`, type: 'field', detail: INTRINSIC_TYPES[name], ...(info === undefined ? {} : { info }) }));
  return [...intrinsics, ...distinct, ...(parent === '' ? words(SCOPE_WORDS, 'scope') : [])];
}

function keywordsOf(field: Intrinsic): readonly Word[] {
  const type = INTRINSIC_TYPES[field.name];
  if (type === 'status') return ['error', 'ok', 'unset'].map((label) => ({ label }));
  if (type === 'kind') return ['server', 'client', 'internal', 'producer', 'consumer', 'unspecified'].map((label) => ({ label }));
  if (type === 'duration') return ['10ms', '100ms', '500ms', '1s', '5s'].map((label) => ({ label }));
  return [];
}
