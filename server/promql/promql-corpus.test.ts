import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { conformanceReport, runDirectory } from './testing/conformance.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpora/promql');

test("all of Prometheus' own scripts pass", { skip: existsSync(CORPUS) ? false : 'the scripts are not beside this repository' }, (context) => {
  const files = runDirectory(CORPUS);
  const { lines, passed, total } = conformanceReport(files);
  context.diagnostic(lines.at(-1) ?? '');
  assert.ok(total > 0, 'there are scripts');
  assert.equal(passed, total, lines.join('\n'));
});
