import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ISTIO_SETS, reportLines, runSets } from './registry.ts';

const CORPUS = fileURLToPath(new URL('../../../../shared/corpora/istio', import.meta.url));

/** Set → how many of the cases at hand pass at least. Raise a floor when its set gets better; the goal is all. */
const FLOORS: Readonly<Record<string, number>> = {
  'validation/crd-cases': 61,
  'validation/istiod-object-cases': 198,
  'validation/istiod-fragment-cases': 176,
  analyzers: 57,
  authz: 16,
  'ambient-policies': 8,
  'gateway-api': 29,
  'traffic-simulation/calls': 77,
  'traffic-simulation/sidecar-routes': 27,
  tables: 86,
};

test('every set of Istio\'s cases passes as many as before', { skip: existsSync(CORPUS) ? false : 'the corpora are not here' }, (t) => {
  const results = runSets(CORPUS);
  for (const line of reportLines(results)) t.diagnostic(line);
  for (const { name, passed } of results) assert.ok(passed >= (FLOORS[name] ?? 0), `${name}: only ${passed} pass, ${FLOORS[name]} did before`);
  assert.equal(results.length, ISTIO_SETS.length);
});

test('the report ends with the sum', () => {
  assert.deepEqual(reportLines([{ name: 'a', passed: 1, total: 2, failures: ['x: why'] }, { name: 'bc', passed: 3, total: 3, failures: [] }]), ['a   1 of 2', '  x: why', 'bc  3 of 3', '4 of 5 passed']);
});
