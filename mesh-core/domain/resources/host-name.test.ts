import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { compareHostSpecificity, gatewayHostsFor, hostMatches, hostSubsetOf, intersectHosts, mostSpecificHost, resolveGatewayName, resolveShortName } from './host-name.ts';
import { matchesLabels, selectsWorkload } from './label-selector.ts';

test('a host without a dot is completed by the namespace of the rule', () => {
  const cases: readonly [string, string, string][] = [
    ['catalog', 'shop', 'catalog.shop.svc.cluster.local'],
    ['catalog.shop', 'other', 'catalog.shop'],
    ['bank.example.com', 'shop', 'bank.example.com'],
    ['*', 'shop', '*'],
    ['', 'shop', ''],
  ];
  for (const [host, namespace, want] of cases) assert.equal(resolveShortName(host, namespace), want, host);
  assert.equal(resolveShortName('a', 'b', 'mesh.test'), 'a.b.svc.mesh.test');
});

test('two hosts match when some host is covered by both', () => {
  const cases: readonly [string, string, boolean][] = [
    ['foo.com', 'foo.com', true],
    ['foo.com', 'Foo.com', false],
    ['*.foo.com', 'a.foo.com', true],
    ['*.foo.com', 'foo.com', false],
    ['a.foo.com', '*.foo.com', true],
    ['*', 'anything', true],
    ['*.com', '*.foo.com', true],
    ['*.foo.com', '*.bar.com', false],
    ['*-eu.foo.com', 'a-eu.foo.com', true],
  ];
  for (const [a, b, want] of cases) {
    assert.equal(hostMatches(a, b), want, `${a} ~ ${b}`);
    assert.equal(hostMatches(b, a), want, `${b} ~ ${a}`);
  }
});

test('a concrete host comes before a wildcard and a longer name before a shorter one', () => {
  assert.deepEqual(['*', 'b.com', '*.com', 'a.com', 'a.b.com', '*.b.com'].toSorted(compareHostSpecificity), ['a.b.com', 'a.com', 'b.com', '*.b.com', '*.com', '*']);
  assert.equal(mostSpecificHost(['*', '*.com', '*.b.com', 'c.com'], 'a.b.com'), '*.b.com');
  assert.equal(mostSpecificHost(['c.com'], 'a.b.com'), undefined);
});

test('a gateway host can be limited to one namespace', () => {
  assert.deepEqual(gatewayHostsFor(['shop/a.com', './b.com', '*/c.com', 'd.com', 'other/e.com'], 'shop', 'edge'), ['a.com', 'c.com', 'd.com']);
  assert.deepEqual(gatewayHostsFor(['./b.com'], 'edge', 'edge'), ['b.com']);
});

const tablesFile = new URL('../../../../shared/corpora/istio/tables/tables.json', import.meta.url);
interface Row {
  readonly [field: string]: never;
}

test('hosts, gateway names and labels compare as in the tables of Istio', { skip: existsSync(tablesFile) ? false : 'the corpora are not here' }, () => {
  const { tables } = JSON.parse(readFileSync(tablesFile, 'utf8')) as { tables: Record<string, { cases: Row[] }> };
  let rows = 0;
  const each = (table: string, check: (row: Row) => void): void => {
    for (const row of tables[table]?.cases ?? []) {
      rows += 1;
      check(row);
    }
  };
  each('host-name-matches', (row) => assert.equal(hostMatches(row['a']!, row['b']!), row['out'], JSON.stringify(row)));
  each('host-subset-of', (row) => assert.equal(hostSubsetOf(row['a']!, row['b']!), row['out'], JSON.stringify(row)));
  each('host-names-intersection', (row) => assert.deepEqual(intersectHosts(row['a']!, row['b']!), row['intersection'], JSON.stringify(row)));
  each('gateway-hosts-for-namespace', (row) => assert.deepEqual(gatewayHostsFor(row['hosts']!, row['namespace']!), row['want'], JSON.stringify(row)));
  each('host-sort-order', (row) => assert.deepEqual([...(row['in']! as string[])].sort(compareHostSpecificity), row['want']));
  each('host-more-specific', (row) => assert.equal(compareHostSpecificity(row['host1']!, row['host2']!) <= 0, row['expected'], JSON.stringify(row)));
  each('virtualservice-gateway-name-resolution', (row) => assert.equal(resolveGatewayName(row['gateway']!, row['namespace']!), row['resolved'], JSON.stringify(row)));
  each('label-selector-subset', (row) => {
    const expected = row['expected']! as { selected: boolean; subsetOf: boolean };
    assert.deepEqual({ selected: selectsWorkload(row['left'], row['right']), subsetOf: matchesLabels(row['left'], row['right']) }, { selected: expected.selected, subsetOf: expected.subsetOf }, JSON.stringify(row));
  });
  assert.ok(rows >= 48, `only ${rows} rows were read`);
  console.log(`istio tables: ${rows} rows of hosts, gateway names and labels agree`);
});
