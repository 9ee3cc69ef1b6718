import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runScript } from './testing/script-runner.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpora/promql');
/** How many evals of each of Prometheus' own scripts pass; the others need a feature the engine does not have. */
const PASSING: readonly [file: string, evals: number][] = [
  ['aggregators.test', 76],
  ['at_modifier.test', 47],
  ['collision.test', 1],
  ['duration_expression.test', 31],
  ['extended_vectors.test', 68],
  ['fill-modifier.test', 18],
  ['functions.test', 190],
  ['histograms.test', 47],
  ['info.test', 1],
  ['limit.test', 9],
  ['literals.test', 11],
  ['name_label_dropping.test', 20],
  ['native_histograms.test', 1],
  ['operators.test', 93],
  ['range_queries.test', 5],
  ['selectors.test', 17],
  ['staleness.test', 10],
  ['start_timestamps.test', 1],
  ['subquery.test', 22],
  ['trig_functions.test', 11],
  ['type_and_unit.test', 22],
];

test("Prometheus' own scripts", { skip: existsSync(CORPUS) ? false : 'the scripts are not beside this repository' }, async (context) => {
  let passed = 0;
  let total = 0;
  const missing = new Map<string, number>();
  for (const [file, floor] of PASSING) {
    await context.test(`${file}: at least ${floor} evals pass, and none fails for another reason than a feature that is missing`, () => {
      const outcomes = runScript(readFileSync(join(CORPUS, file), 'utf8'));
      const good = outcomes.filter((one) => one.failure === undefined).length;
      passed += good;
      total += outcomes.length;
      for (const { failure, missing: feature } of outcomes) if (failure !== undefined && feature !== undefined) missing.set(feature, (missing.get(feature) ?? 0) + 1);
      const wrong = outcomes.flatMap(({ line, expr, failure, missing: feature }) => (failure === undefined || feature !== undefined ? [] : [`${file}:${line} ${expr}: ${failure}`]));
      assert.deepEqual(wrong, []);
      assert.ok(good >= floor, `${good} of ${outcomes.length} pass, it was ${floor}`);
    });
  }
  await context.test('every script is run', () => {
    assert.deepEqual(PASSING.map(([file]) => file), readdirSync(CORPUS).filter((name) => name.endsWith('.test')).sort());
  });
  const skipped = [...missing].map(([feature, count]) => `${count} need ${feature}`).join(', ');
  context.diagnostic(`${total} evals ran: ${passed} passed, ${total - passed} skipped (${skipped})`);
});
