import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { bigColumns } from '#server/traces/testing/big-columns.ts';
import { traceOf } from '#server/traces/testing/trace-of.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { criticalPath, criticalTimes } from './critical-path.ts';
import { builtInGroups, traceStatistics, type GroupStatistics, type RowGroups } from './trace-statistics.ts';

// The traces and expected numbers of Jaeger UI's TraceStatistics/tableValues.test.js: milliseconds and percent, rounded to two places.

/** testTraceNormal.json; microseconds. */
const NORMAL = columnsOf(
  traceOf(`
    api-gateway GET /api/customer 0+4902
    api-gateway  GET /owners 820+2499
    customers-service   GET /owners 1200+1739
    customers-service    executeQuery 2059+21 database=h2 sql=test
    customers-service    executeQuery 2840+52 database=h2 sql=pet`),
);

const TABLES: readonly [by: string, within: string | undefined, rows: string][] = [
  ['service', undefined, 'api-gateway 2 7.4 3.7 2.5 4.9 3.16 1.58 0.76 2.4 64.52; customers-service 3 1.81 0.6 0.02 1.74 1.74 0.58 0.02 1.67 35.48'],
  ['operation', undefined, 'GET /api/customer 1 4.9 4.9 4.9 4.9 2.4 2.4 2.4 2.4 49.02; GET /owners 2 4.24 2.12 1.74 2.5 2.43 1.21 0.76 1.67 49.49; executeQuery 2 0.07 0.04 0.02 0.05 0.07 0.04 0.02 0.05 1.49'],
  ['database', undefined, 'h2 2 0.07 0.04 0.02 0.05 0.07 0.04 0.02 0.05 1.49; without 3 9.14 3.05 1.74 4.9 4.83 1.61 0.76 2.4 98.51'],
  [
    'service',
    'operation',
    'api-gateway 2 7.4 3.7 2.5 4.9 3.16 1.58 0.76 2.4 64.52; > GET /api/customer 1 4.9 4.9 4.9 4.9 2.4 2.4 2.4 2.4 49.02; > GET /owners 1 2.5 2.5 2.5 2.5 0.76 0.76 0.76 0.76 15.5; customers-service 3 1.81 0.6 0.02 1.74 1.74 0.58 0.02 1.67 35.48; > GET /owners 1 1.74 1.74 1.74 1.74 1.67 1.67 1.67 1.67 33.99; > executeQuery 2 0.07 0.04 0.02 0.05 0.07 0.04 0.02 0.05 1.49',
  ],
  [
    'operation',
    'service',
    'GET /api/customer 1 4.9 4.9 4.9 4.9 2.4 2.4 2.4 2.4 49.02; > api-gateway 1 4.9 4.9 4.9 4.9 2.4 2.4 2.4 2.4 49.02; GET /owners 2 4.24 2.12 1.74 2.5 2.43 1.21 0.76 1.67 49.49; > api-gateway 1 2.5 2.5 2.5 2.5 0.76 0.76 0.76 0.76 15.5; > customers-service 1 1.74 1.74 1.74 1.74 1.67 1.67 1.67 1.67 33.99; executeQuery 2 0.07 0.04 0.02 0.05 0.07 0.04 0.02 0.05 1.49; > customers-service 2 0.07 0.04 0.02 0.05 0.07 0.04 0.02 0.05 1.49',
  ],
  ['service', 'database', 'api-gateway 2 7.4 3.7 2.5 4.9 3.16 1.58 0.76 2.4 64.52; > without 2 7.4 3.7 2.5 4.9 3.16 1.58 0.76 2.4 64.52; customers-service 3 1.81 0.6 0.02 1.74 1.74 0.58 0.02 1.67 35.48; > h2 2 0.07 0.04 0.02 0.05 0.07 0.04 0.02 0.05 1.49; > without 1 1.74 1.74 1.74 1.74 1.67 1.67 1.67 1.67 33.99'],
  ['database', 'sql', 'h2 2 0.07 0.04 0.02 0.05 0.07 0.04 0.02 0.05 1.49; > test 1 0.02 0.02 0.02 0.02 0.02 0.02 0.02 0.02 0.43; > pet 1 0.05 0.05 0.05 0.05 0.05 0.05 0.05 0.05 1.06; without 3 9.14 3.05 1.74 4.9 4.83 1.61 0.76 2.4 98.51; > without 3 9.14 3.05 1.74 4.9 4.83 1.61 0.76 2.4 98.51'],
];
for (const [by, within, expected] of TABLES) {
  test(`statistics by ${by}${within === undefined ? '' : `, then by ${within}`}`, () => {
    const table = traceStatistics(NORMAL, groupsOf(NORMAL, by), within === undefined ? {} : { within: groupsOf(NORMAL, within) });
    assert.deepEqual(table.flatMap((row) => [textOf(row), ...row.groups.map((sub) => `> ${textOf(sub)}`)]), expected.split('; '));
  });
}

const TOGETHER = 'customers-service GET /owners 1016+1696';
const SELF: readonly [rule: string, trace: string, operation: string, selfMs: number][] = [
  ['children at the same time count once', `${TOGETHER}\n${queries('1855+19 1857+14 1854+20 1857+15 1857+15 1857+15 1857+14 1856+17 1849+31')}`, 'GET /owners', 1.67],
  ['and so do groups of them that touch', `${TOGETHER}\n${queries('1855+19 1857+14 1854+20 1857+15 1857+15 1857+15 1857+14 1897+40 1897+40 1897+40 1856+17 1849+31')}`, 'GET /owners', 1.63],
  ['beside two others', `${TOGETHER}\n${queries('2522+46 2658+19 1855+19 1857+14 1854+20 1857+15 1857+15 1857+15 1857+14 1897+40 1897+40 1897+40 1856+17 1849+31')}`, 'GET /owners', 1.56],
  ['children longer than their parent are cut to it', 'api-gateway client 1636+9521\ncustomers-service  a 2782+7229\ncustomers-service  b 2782+7229\ncustomers-service  c 10080+1500\ncustomers-service  d 10440+3500', 'client', 1.22],
];
for (const [rule, trace, operation, selfMs] of SELF) {
  test(`own time: ${rule}`, () => {
    const columns = columnsOf(traceOf(trace));
    assert.equal(round((traceStatistics(columns, builtInGroups(columns, 'operation')).find((row) => row.value === operation)?.selfTotal ?? NaN) / 1e6), selfMs);
  });
}

// utils/compute-span-self-time.test.ts
const SWEEPS: readonly [rule: string, parent: string, children: string, self: number][] = [
  ['a leaf', '0+100', '', 100],
  ['one child', '0+100', '10+40', 60],
  ['two apart', '0+100', '10+20 50+20', 60],
  ['two that overlap', '0+100', '10+50 30+50', 30],
  ['one beyond the end', '0+100', '50+100', 50],
  ['one after the end', '0+100', '120+30', 100],
  ['one within another', '0+100', '10+60 20+30', 40],
  ['one as long', '0+100', '0+100', 0],
  ['two from the start, one beyond', '0+100', '0+60 0+120', 0],
  ['three, two of which overlap', '0+100', '10+30 30+30 70+20', 30],
  ['one around it', '10+40', '0+100', 0],
];
for (const [rule, parent, children, self] of SWEEPS) {
  test(`own time of a span with ${rule}`, () => {
    const columns = columnsOf(traceOf(`s parent ${parent}\n${children.split(' ').filter((c) => c !== '').map((c) => `s  child ${c}`).join('\n')}`));
    assert.equal(columns.self[columns.parent.indexOf(-1)], self * 1000);
  });
}

test('errors, percentiles and time on the critical path are told of each group', () => {
  const columns = columnsOf(traceOf('a root 0+100\na  x 10+10\na  x 30+20 !\na  x 60+30\na  y 95+1'));
  const rows = traceStatistics(columns, builtInGroups(columns, 'service and operation'), { critical: criticalTimes(criticalPath(columns), columns.count) });
  assert.deepEqual(rows.map((r) => [r.value, r.count, r.errors, r.p50 / 1000, r.p95 / 1000, r.critical / 1000]), [['a: root', 1, 0, 100, 100, 39], ['a: x', 3, 1, 20, 30, 60], ['a: y', 1, 0, 1, 1, 1]]);
  assert.deepEqual(traceStatistics(columns, builtInGroups(columns, 'status')).map((r) => [r.value, r.count]), [['unset', 4], ['error', 1]]);
  assert.deepEqual(traceStatistics(columns, builtInGroups(columns, 'kind'), { rows: [1, 2] }).map((r) => [r.value, r.count]), [['internal', 2]]);
});

for (const shape of ['wide', 'deep', '8-ary'] as const) {
  test(`100,000 spans ${shape} have their statistics`, () => {
    const columns = bigColumns(shape);
    const rows = traceStatistics(columns, builtInGroups(columns, 'service'), { within: builtInGroups(columns, 'operation') });
    assert.equal(rows.reduce((sum, row) => sum + row.count, 0), 100_000);
  });
}

function queries(times: string): string {
  return times.split(' ').map((time) => `customers-service  query ${time}`).join('\n');
}

function groupsOf(columns: TraceColumns, by: string): RowGroups {
  if (by === 'service' || by === 'operation') return builtInGroups(columns, by);
  // Rows in the order of NORMAL: the two queries have attributes.
  return by === 'database' ? { values: ['h2'], codes: [0, 0, 0, 1, 1] } : { values: ['test', 'pet'], codes: [0, 0, 0, 1, 2] };
}

function textOf({ value, count, total, avg, min, max, selfTotal, selfAvg, selfMin, selfMax, selfShare }: GroupStatistics): string {
  return [value ?? 'without', count, ...[total, avg, min, max, selfTotal, selfAvg, selfMin, selfMax].map((nano) => round(nano / 1e6)), round(selfShare * 100)].join(' ');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
