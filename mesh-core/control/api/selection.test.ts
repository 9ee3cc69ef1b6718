import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindByApiVersion, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { StoreChange } from '../store/store-change.ts';
import { parseFieldSelector } from './field-selector.ts';
import { eventTypeFor, parseSelection } from './selection.ts';

const SERVICE = kindOf('v1', 'Service');
const EVENT = kindOf('v1', 'Event');

function kindOf(apiVersion: string, kind: string): KindInfo {
  const info = kindByApiVersion(apiVersion, kind);
  assert.ok(info);
  return info;
}

function service(name: string, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop', labels } };
}

function change(type: StoreChange['type'], before: Record<string, string>, after: Record<string, string>): StoreChange {
  return { resourceVersion: 1, type, kind: SERVICE, object: service('web', after), previousLabels: type === 'ADDED' ? undefined : before };
}

const IN = { app: 'web' };
const OUT = { app: 'other' };
const TRANSITIONS: readonly (readonly [string, StoreChange, string | undefined])[] = [
  ['an object created inside is ADDED', change('ADDED', {}, IN), 'ADDED'],
  ['an object created outside is not seen', change('ADDED', {}, OUT), undefined],
  ['an object changed inside is MODIFIED', change('MODIFIED', IN, IN), 'MODIFIED'],
  ['an object relabelled into the selection is ADDED', change('MODIFIED', OUT, IN), 'ADDED'],
  ['an object relabelled out of the selection is DELETED', change('MODIFIED', IN, OUT), 'DELETED'],
  ['an object changed outside is not seen', change('MODIFIED', OUT, OUT), undefined],
  ['an object deleted inside is DELETED', change('DELETED', IN, IN), 'DELETED'],
  ['an object deleted outside is not seen', change('DELETED', OUT, OUT), undefined],
];

for (const [rule, event, expected] of TRANSITIONS) {
  test(`a watch with a label selector: ${rule}`, () => {
    assert.equal(eventTypeFor(parseSelection(SERVICE, undefined, new URLSearchParams({ labelSelector: 'app=web' })), event), expected);
  });
}

test('a selection of one namespace holds no object of another', () => {
  assert.equal(parseSelection(SERVICE, 'other', new URLSearchParams()).matches(service('web')), false);
  assert.equal(parseSelection(SERVICE, 'shop', new URLSearchParams()).matches(service('web')), true);
});

test('a broken label selector is refused with the character where it breaks', () => {
  assert.throws(() => parseSelection(SERVICE, undefined, new URLSearchParams({ labelSelector: 'app in (a' })), /labelSelector at character/);
});

const FIELDS: readonly (readonly [string, boolean | string])[] = [
  ['', true],
  ['metadata.name=web', true],
  ['metadata.name==web', true],
  ['metadata.name!=web', false],
  ['metadata.name=web,metadata.namespace=shop', true],
  ['metadata.name=web,metadata.namespace=other', false],
  ['spec.type=ClusterIP', 'field label not supported: spec.type'],
  ['metadata.name', 'field selector "metadata.name" is not field=value or field!=value'],
];

for (const [text, expected] of FIELDS) {
  test(`the field selector "${text}" gives ${expected}`, () => {
    const selector = parseFieldSelector(SERVICE, text);
    assert.equal(selector.ok ? selector.matches(service('web')) : selector.message, expected);
  });
}

test('Events can be selected by the object they are about', () => {
  const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'shop' }, involvedObject: { kind: 'VirtualService', name: 'web' } };
  const matches = (text: string): boolean => {
    const selector = parseFieldSelector(EVENT, text);
    assert.ok(selector.ok);
    return selector.matches(event);
  };
  assert.equal(matches('involvedObject.name=web,involvedObject.kind=VirtualService'), true);
  assert.equal(matches('involvedObject.name=other'), false);
});
