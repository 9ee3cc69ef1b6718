import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseAllDocuments } from 'yaml';

import type { KubeObject } from '../../domain/resources/kube-object.ts';

/** What one set of cases says: how many agree, and a line for each that does not, with its id and the reason. */
export interface SetResult {
  readonly passed: number;
  readonly total: number;
  readonly failures: readonly string[];
}

/** One set of Istio's cases with expected verdicts, and the code that judges them. */
export interface ConformanceSet {
  /** As printed, and the key of the recorded floors: `validation/crd-cases`. */
  readonly name: string;
  /** The file or folder, relative to the corpus' folder, without which the set is left out. */
  readonly needs: string;
  /** Judges every case below the corpus' folder. Throws only when the corpus itself cannot be read. */
  run(dir: string): SetResult;
}

/**
 * Judges cases one by one: `check` gives undefined for a pass and otherwise the reason; what it throws is a reason too,
 * so that one broken case does not hide the others.
 */
export function judge<Case>(cases: Iterable<Case>, nameOf: (item: Case) => string, check: (item: Case) => string | undefined): SetResult {
  let passed = 0;
  const failures: string[] = [];
  for (const item of cases) {
    const reason = reasonOf(() => check(item));
    if (reason === undefined) passed += 1;
    else failures.push(`${nameOf(item)}: ${reason}`);
  }
  return { passed, total: passed + failures.length, failures };
}

/** Differences of long values run over many lines; the beginning tells enough for one. */
const REASON_LENGTH = 600;

function reasonOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
    return text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH)}…` : text;
  }
}

/** Adds up parts of one set. */
export function sum(results: readonly SetResult[]): SetResult {
  return {
    passed: results.reduce((total, result) => total + result.passed, 0),
    total: results.reduce((total, result) => total + result.total, 0),
    failures: results.flatMap((result) => result.failures),
  };
}

/** The `cases` of a JSON file of the corpus. */
export function readCases<Case>(dir: string, file: string): readonly Case[] {
  return readJson<{ readonly cases: readonly Case[] }>(dir, file).cases;
}

/** A JSON file of the corpus. Safe to type as asked: the format is described beside the corpus. */
export function readJson<T>(dir: string, file: string): T {
  return JSON.parse(readFileSync(join(dir, file), 'utf8')) as T;
}

/** The documents of a YAML file of the corpus, without the empty ones. */
export function readYaml(dir: string, file: string): KubeObject[] {
  return parseYaml(readFileSync(join(dir, file), 'utf8'));
}

/** The documents of a YAML text, without the empty ones. */
export function parseYaml(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as KubeObject | null) ?? []);
}
