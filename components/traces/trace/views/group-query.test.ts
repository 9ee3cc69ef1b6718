import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTraceQl } from '#server/traces/traceql/check.ts';
import { groupQuery } from './group-query.ts';

for (const [groups, query] of [
  [[{ by: 'service', value: 'ui' }], '{ resource.service.name = "ui" }'],
  [[{ by: 'service', value: 'ui' }, { by: 'span.http.status', value: '500' }], '{ resource.service.name = "ui" && span.http.status = 500 }'],
  [[{ by: 'kind', value: 'server' }], '{ span:kind = server }'],
  [[{ by: 'span.a', value: undefined }], '{ span.a = nil }'],
  [[{ by: 'span.a', value: 'say "x"' }], '{ span.a = "say \\"x\\"" }'],
  [[{ by: 'service and operation', value: 'ui: op' }], undefined],
] as const) {
  test(`a line of statistics leads to its spans: ${query ?? 'no query'}`, () => {
    assert.equal(groupQuery(groups), query);
    if (query !== undefined) assert.equal(readTraceQl(query, 'search').ok, true);
  });
}
