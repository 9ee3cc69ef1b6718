import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeInfo } from '#server/traces/trace-questions.ts';
import { facetAsks, facetFields } from './facet-fields.ts';
import { readQuery } from './query-text.ts';

const known: readonly AttributeInfo[] = [
  { scope: 'span', key: 'http.status_code', types: ['string'] },
  { scope: 'span', key: 'http.response.status_code', types: ['int'] },
  { scope: 'resource', key: 'service.version', types: ['string'] },
  { scope: 'span', key: 'istio.canonical_revision', types: ['string'] },
];

test('the usual facets are those that spans have, then those that were added, each once', () => {
  const fields = facetFields(known, ['span.region', 'resource.service.version', 'no field)']);
  assert.deepEqual(
    fields.map(({ text, label }) => [text, label]),
    [['resource.service.name', 'Service'], ['span:name', 'Operation'], ['span:status', 'Status'], ['span:kind', 'Kind'], ['span.http.response.status_code', 'Response code'], ['span.http.status_code', 'Response code (http.status_code)'], ['resource.service.version', 'Version'], ['span.region', 'span.region']],
  );
});

test('facets with a choice ask alone and without it, the others together', () => {
  const read = readQuery('{ status = error && resource.service.name = "a" }');
  assert.ok(read.ok);
  const asks = facetAsks(read.query, facetFields([], []));
  assert.deepEqual(
    asks.map(({ q, fields }) => [q, fields.map(({ label }) => label)]),
    [
      ['{ span:status = error && resource.service.name = "a" }', ['Operation', 'Kind']],
      ['{ span:status = error }', ['Service']],
      ['{ resource.service.name = "a" }', ['Status']],
    ],
  );
});
