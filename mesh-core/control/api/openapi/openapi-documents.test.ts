import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVED_KINDS } from '../served-kinds.ts';
import { definitionName } from './definitions.ts';
import { openapiIndex, openapiV2, openapiV3 } from './openapi-documents.ts';
import { encodeOpenapiV2 } from './openapi-v2-protobuf.ts';

type Json = Readonly<Record<string, unknown>>;

/** Every `$ref` in a document. */
function refs(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(refs);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' && typeof item === 'string' ? [item] : refs(item)));
}

function resolve(document: object, ref: string): unknown {
  return ref.slice(2).split('/').reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document);
}

test('every group and version has a document, with each of its kinds, and no reference leads nowhere', () => {
  const { paths } = openapiIndex() as { paths: Readonly<Record<string, { serverRelativeURL: string }>> };
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    assert.match(serverRelativeURL, new RegExp(`^/openapi/v3/${path}\\?hash=[0-9A-F]{32}$`));
    const document = openapiV3(path);
    assert.ok(document);
    for (const ref of refs(document)) assert.ok(resolve(document, ref), ref);
  }
  for (const kind of SERVED_KINDS) {
    for (const version of kind.versions) {
      const document = openapiV3(kind.group === '' ? `api/${version}` : `apis/${kind.group}/${version}`) as { components: { schemas: Json } };
      const schema = document.components.schemas[definitionName(kind, version)] as Json;
      assert.deepEqual(schema['x-kubernetes-group-version-kind'], [{ group: kind.group, kind: kind.kind, version }]);
    }
  }
  assert.equal(openapiV3('apis/apps/v1'), undefined);
});

test('a patch names the parameters by which kubectl decides what the server can, and the types it takes', () => {
  const { paths } = openapiV3('apis/networking.istio.io/v1') as { paths: Readonly<Record<string, Json>> };
  const patch = paths['/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices/{name}']?.['patch'] as { parameters: { name: string }[]; requestBody: { content: object }; 'x-kubernetes-group-version-kind': object };
  assert.deepEqual(patch.parameters.map((parameter) => parameter.name), ['dryRun', 'fieldManager', 'fieldValidation', 'force']);
  assert.equal('application/strategic-merge-patch+json' in patch.requestBody.content, false);
  assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'networking.istio.io', version: 'v1', kind: 'VirtualService' });
});

test('lists that merge by key say so', () => {
  const { components } = openapiV3('api/v1') as { components: { schemas: Readonly<Record<string, { properties: Readonly<Record<string, { properties: Json }>> }>> } };
  const ports = components.schemas['io.k8s.api.core.v1.Service']?.properties['spec']?.properties['ports'] as Json;
  assert.deepEqual([ports['x-kubernetes-list-map-keys'], ports['x-kubernetes-patch-merge-key']], [['port', 'protocol'], 'port']);
});

test('the second version has no dangling reference either, and a binary form', () => {
  const document = openapiV2();
  for (const ref of refs(document)) assert.ok(resolve(document, ref), ref);
  const text = Buffer.from(encodeOpenapiV2(document)).toString('latin1');
  assert.ok(text.startsWith('\n\x032.0'));
  assert.ok(text.includes('io.istio.networking.v1.VirtualService'));
});
