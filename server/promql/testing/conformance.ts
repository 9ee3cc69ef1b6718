import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runScript, type EvalOutcome } from './script-runner.ts';

/** The outcomes of one script file. */
export interface FileOutcomes {
  readonly file: string;
  readonly outcomes: readonly EvalOutcome[];
}

/** Runs every `*.test` of a directory, in the order of their names. Throws when the directory cannot be read. */
export function runDirectory(directory: string): FileOutcomes[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.test')).sort();
  return files.map((file) => ({ file, outcomes: runScript(readFileSync(join(directory, file), 'utf8')) }));
}

/** What the conformance command prints: a line a file, what does not pass and why, and the totals. */
export function conformanceReport(files: readonly FileOutcomes[]): { readonly lines: readonly string[]; readonly passed: number; readonly total: number } {
  const all = files.flatMap(({ outcomes }) => outcomes);
  const passed = all.filter(isPassed).length;
  const perFile = files.map(({ file, outcomes }) => `${file}: ${outcomes.filter(isPassed).length} / ${outcomes.length}`);
  const failures = files.flatMap(({ file, outcomes }) => outcomes.flatMap(({ line, expr, failure }) => (failure === undefined ? [] : [`  ${file}:${line} ${expr}: ${failure}`])));
  const list = failures.length === 0 ? [] : ['These do not pass:', ...failures];
  return { lines: [...perFile, ...list, `${passed} of ${all.length} passed`], passed, total: all.length };
}

function isPassed({ failure }: EvalOutcome): boolean {
  return failure === undefined;
}
