import type { RE2JS } from 're2js';
import { compileAnchored, InvalidMatcherError } from '#server/timeseries/label-matcher.ts';

export const RELABEL_ACTIONS = ['replace', 'keep', 'drop', 'keepequal', 'dropequal', 'hashmod', 'labelmap', 'labeldrop', 'labelkeep', 'lowercase', 'uppercase'] as const;
export type RelabelAction = (typeof RELABEL_ACTIONS)[number];

/** A relabelling rule as a configuration file writes it; what it leaves out has Prometheus' defaults. */
export interface RelabelConfig {
  readonly action?: RelabelAction | undefined;
  readonly sourceLabels?: readonly string[] | undefined;
  readonly separator?: string | undefined;
  /** RE2, anchored at both ends. */
  readonly regex?: string | undefined;
  readonly modulus?: number | undefined;
  readonly targetLabel?: string | undefined;
  readonly replacement?: string | undefined;
}

/** A rule that was checked and is ready to be applied. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly regex: RE2JS;
  /** The default expression takes everything: an empty source then needs no match. */
  readonly anything: boolean;
  readonly modulus: bigint;
  readonly targetLabel: string;
  readonly replacement: string;
}

const DEFAULT_REGEX = '(.*)';
const DEFAULT_SEPARATOR = ';';
const DEFAULT_REPLACEMENT = '$1';
const NEEDS_TARGET: ReadonlySet<RelabelAction> = new Set<RelabelAction>(['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal']);
const KEEPS_VALUE: ReadonlySet<RelabelAction> = new Set<RelabelAction>(['lowercase', 'uppercase', 'keepequal', 'dropequal']);

export type CompiledRule = { readonly kind: 'rule'; readonly rule: RelabelRule } | { readonly kind: 'invalid'; readonly reason: string };

/** Checks a rule and makes it ready. Source of the checks and their words: Prometheus model/relabel/relabel.go Validate. */
export function compileRelabelRule(config: RelabelConfig): CompiledRule {
  const { action = 'replace', sourceLabels, separator = DEFAULT_SEPARATOR, regex = DEFAULT_REGEX, modulus = 0, targetLabel = '', replacement = DEFAULT_REPLACEMENT } = config;
  const invalid = (reason: string): CompiledRule => ({ kind: 'invalid', reason });
  if (action === 'hashmod' && modulus === 0) return invalid('relabel configuration for hashmod requires non-zero modulus');
  if (!Number.isSafeInteger(modulus) || modulus < 0) return invalid(`the modulus ${modulus} is not a whole number`);
  if (NEEDS_TARGET.has(action) && targetLabel === '') return invalid(`relabel configuration for ${action} action requires 'target_label' value`);
  if (KEEPS_VALUE.has(action) && replacement !== DEFAULT_REPLACEMENT) return invalid(`'replacement' can not be set for ${action} action`);
  if (action === 'labelmap' && replacement === '') return invalid(`"" is invalid 'replacement' for labelmap action`);
  const plain = regex === DEFAULT_REGEX && modulus === 0 && separator === DEFAULT_SEPARATOR && replacement === DEFAULT_REPLACEMENT;
  if ((action === 'dropequal' || action === 'keepequal') && !plain) return invalid(`${action} action requires only 'source_labels' and \`target_label\`, and no other fields`);
  const regexOnly = sourceLabels === undefined && targetLabel === '' && modulus === 0 && separator === DEFAULT_SEPARATOR && replacement === DEFAULT_REPLACEMENT;
  if ((action === 'labeldrop' || action === 'labelkeep') && !regexOnly) return invalid(`${action} action requires only 'regex', and no other fields`);
  try {
    const compiled = compileAnchored(regex);
    return { kind: 'rule', rule: { action, sourceLabels: sourceLabels ?? [], separator, regex: compiled, anything: regex === DEFAULT_REGEX, modulus: BigInt(modulus), targetLabel, replacement } };
  } catch (error) {
    if (error instanceof InvalidMatcherError) return invalid(`the regex ${JSON.stringify(regex)} is not valid: ${error.message}`);
    throw error;
  }
}
