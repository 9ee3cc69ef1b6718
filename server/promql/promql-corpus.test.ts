import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runScript } from './testing/script-runner.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpora/promql');
/** What the engine passed when this was written; the rest needs features named by the runner. */
const PASSED_BEFORE = 701;

test("passes every eval of Prometheus' own scripts that does not need a missing feature", { skip: existsSync(CORPUS) ? false : 'the scripts are not here' }, (context) => {
  let passed = 0;
  let total = 0;
  const wrong: string[] = [];
  const missing = new Map<string, number>();
  for (const file of readdirSync(CORPUS).filter((name) => name.endsWith('.test')).sort()) {
    const outcomes = runScript(readFileSync(join(CORPUS, file), 'utf8'));
    const good = outcomes.filter((one) => one.failure === undefined).length;
    passed += good;
    total += outcomes.length;
    context.diagnostic(`${file}: ${good} of ${outcomes.length} passed`);
    for (const { line, expr, failure, missing: feature } of outcomes) {
      if (failure === undefined) continue;
      if (feature === undefined) wrong.push(`${file}:${line} ${expr}: ${failure}`);
      else missing.set(feature, (missing.get(feature) ?? 0) + 1);
    }
  }
  context.diagnostic(`${passed} of ${total} passed`);
  for (const [feature, count] of missing) context.diagnostic(`${count} need ${feature}`);
  assert.deepEqual(wrong, []);
  assert.ok(passed >= PASSED_BEFORE, `${passed} of ${total} passed, it was ${PASSED_BEFORE} before`);
});
