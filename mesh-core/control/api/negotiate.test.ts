import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate } from './negotiate.ts';

const CASES: readonly (readonly [string | undefined, string])[] = [
  [undefined, 'object json'],
  ['*/*', 'object json'],
  ['application/json', 'object json'],
  ['application/yaml', 'object yaml'],
  ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'table json'],
  ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'object json'],
  ['application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'metadata json'],
  ['application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json', 'discovery json'],
  [';;,=;', 'object json'],
];

for (const [accept, expected] of CASES) {
  test(`Accept ${accept ?? '(none)'} is answered as ${expected}`, () => {
    const { form, format } = negotiate(accept);
    assert.equal(`${form} ${format}`, expected);
  });
}
