import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryOfOldLink, type OldLink } from './old-link.ts';
import { readQuery, writeQuery } from './query-text.ts';

const meaning = (link: OldLink): string | undefined => {
  const query = queryOfOldLink(link);
  return query === undefined ? undefined : writeQuery(query);
};
const canonical = (text: string): string => {
  const read = readQuery(text);
  assert.ok(read.ok, text);
  return writeQuery(read.query);
};

test('the words of an old link become one query for one span', () => {
  for (const [link, query] of [
    [{ service: 'catalog.shop' }, '{ resource.service.name = "catalog.shop" }'],
    [{ service: 'a', operation: 'GET /', status: 'error' }, '{ resource.service.name = "a" && name = "GET /" && status = error }'],
    [{ min: '1.5ms', max: '2s' }, '{ duration >= 1500us && duration <= 2s }'],
    [{ tags: 'http.status_code=403' }, '{ .http.status_code = "403" || .http.status_code = 403 }'],
    [{ tags: 'error=true span.kind=server resource.zone=a' }, '{ status = error && kind = server && resource.zone = "a" }'],
    [{ service: 'a', tags: 'retry=true' }, '{ resource.service.name = "a" && (.retry = "true" || .retry = true) }'],
  ] as const) assert.equal(meaning(link), canonical(query), JSON.stringify(link));
});

test('what cannot be read is left out, and nothing said is no query', () => {
  assert.equal(meaning({ service: 'a', min: 'soon', tags: 'x="', status: 'any' }), '{ resource.service.name = "a" }');
  assert.equal(queryOfOldLink({}), undefined);
  assert.equal(queryOfOldLink({ service: ' ', status: 'any', min: null }), undefined);
});
