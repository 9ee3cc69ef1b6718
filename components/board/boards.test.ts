import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '#server/audit/audit-log.ts';
import { parsePromql } from '#server/promql/parse.ts';
import { BOARD_IDS, boardSections, rateWindow } from './boards.ts';
import { markersOf } from './change-markers.ts';

const input = { namespaces: ['shop', 'a"b'], service: 'ui.shop.svc.cluster.local', workload: 'shop/ui-v1', rateSeconds: 30 };

for (const board of BOARD_IDS) {
  test(`every query of the ${board} board is PromQL`, () => {
    const queries = boardSections(board, input).flatMap((s) => s.panels.flatMap((p) => p.queries));
    assert.ok(queries.length > 6);
    for (const { promql } of queries) assert.ok(parsePromql(promql).ok, promql);
  });
  test(`panels of the ${board} board have different titles within a section`, () => {
    for (const section of boardSections(board, input)) assert.equal(new Set(section.panels.map((p) => p.title)).size, section.panels.length);
  });
}
test('a legend is filled in from labels', () => {
  const panel = boardSections('mesh', input).flatMap((s) => s.panels).find((p) => p.title === 'Refused by policy');
  const legend = panel?.queries[0]?.legend;
  assert.equal(typeof legend === 'function' && legend({ source_workload: 'rogue-v1', destination_service_name: 'inventory' }), 'rogue-v1 → inventory');
});
test('without a subject there is no board', () => {
  assert.deepEqual(boardSections('service', { ...input, service: undefined }), []);
});
test('rates span the step and two scrapes at least', () => {
  assert.deepEqual([rateWindow(5), rateWindow(300)], [30, 300]);
});
test('changes made together share a marker, others and sign-ins do not count', () => {
  const entry = (ms: number, name: string | undefined): AuditEntry => ({ id: String(ms), time: new Date(ms).toISOString(), actor: 'user:captain', action: 'update', previousHash: '', hash: '', ...(name === undefined ? {} : { object: { kind: 'VirtualService', name } }) });
  const markers = markersOf([entry(90_000, 'late'), entry(21_000, 'b'), entry(20_000, 'a'), entry(15_000, undefined), entry(1000, 'early')], 10_000, 50_000);
  assert.deepEqual(markers.map(({ t, label }) => [t, label]), [[20_000, 'update VirtualService a by captain; update VirtualService b by captain']]);
});
