import { test } from 'node:test';
import assert from 'node:assert/strict';
import { objectRefFromSegments, paths, withParams } from './paths.ts';

test('names are encoded, so that no name can leave its segment', () => {
  assert.equal(paths.service('shop', 'a/b?c'), '/services/shop/a%2Fb%3Fc');
});

test('a config object link reads back to the same object, core group and cluster scope included', () => {
  for (const ref of [
    { group: 'networking.istio.io', version: 'v1', plural: 'virtualservices', namespace: 'shop', name: 'catalog' },
    { group: '', version: 'v1', plural: 'namespaces', name: 'shop' },
  ]) {
    const [group, version, ns, plural, name] = paths.configObject(ref).split('/').slice(2);
    assert.deepEqual(objectRefFromSegments({ group: group ?? '', version: version ?? '', ns: ns ?? '', plural: plural ?? '', name: name ?? '' }), ref);
  }
});

test('parameters are added without touching those the link already has', () => {
  assert.equal(withParams('/graph?from=now-1h#x', { from: 'now-5m', ns: 'shop', at: null, refresh: '' }), '/graph?from=now-1h&ns=shop#x');
  assert.equal(withParams('/graph', {}), '/graph');
});
