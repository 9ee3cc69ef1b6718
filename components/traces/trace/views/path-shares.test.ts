import assert from 'node:assert/strict';
import { test } from 'node:test';
import { criticalPath } from '#server/traces/core/critical-path.ts';
import { traceModel } from '../model/trace-model.ts';
import { columnsOf } from '../testing/columns-of.ts';
import { pathShares } from './path-shares.ts';

const columns = columnsOf([{ duration: 100 }, { parent: 0, start: 20, duration: 30, service: 'db' }, { parent: 0, start: 60, duration: 20, service: 'db', name: 'b' }]);
const shares = (by: 'service' | 'operation' | 'span') => pathShares(traceModel(columns), criticalPath(columns), by).map(({ service, operation, nano, share, spans, row }) => ({ service, operation, nano, share, spans, row }));

test('the path is summed up by service, operation and span, greatest first', () => {
  assert.deepEqual(shares('service'), [
    { service: 'ui', operation: undefined, nano: 50, share: 0.5, spans: 1, row: 0 },
    { service: 'db', operation: undefined, nano: 50, share: 0.5, spans: 2, row: 1 },
  ]);
  assert.deepEqual(shares('operation').map(({ operation, nano }) => [operation, nano]), [['op', 50], ['op', 30], ['b', 20]]);
  assert.deepEqual(shares('span').map(({ row, nano }) => [row, nano]), [[0, 50], [1, 30], [2, 20]]);
});
