import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnalysisLevel, AnalysisMessage } from './analysis-message.ts';
import { mergeMessages } from './merge-messages.ts';

const message = (code: string, level: AnalysisLevel, path: string, more: Partial<AnalysisMessage> = {}): AnalysisMessage => ({ code, name: code, level, message: `${code} says so`, object: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'shop', name: 'a' }, path, docs: `docs of ${code}`, ...more });
const told = (...messages: readonly AnalysisMessage[]): readonly string[] => mergeMessages(messages).map(({ code, also = [], level, path }) => `${level} ${[code, ...also.map((other) => other.code)].join('+')} ${path}`);

const HOST = 'spec.http[0].route[0].destination.host';

test('what Istio and Kiali say of one place is one message with both codes, as grave as the graver', () => {
  assert.deepEqual(told(message('IST0101', 'Error', HOST), message('KIA1101', 'Warning', HOST)), [`Error IST0101+KIA1101 ${HOST}`]);
  assert.deepEqual(told(message('KIA0601', 'Error', 'spec.ports[0].name'), message('IST0118', 'Info', 'spec.ports[0].name')), ['Error IST0118+KIA0601 spec.ports[0].name']);
  assert.deepEqual(mergeMessages([message('IST0101', 'Error', HOST), message('KIA1101', 'Warning', HOST)])[0]?.also, [{ code: 'KIA1101', docs: 'docs of KIA1101' }]);
});

test('a place within the other is the same; the nearer one is told, the outer one where there are several', () => {
  assert.deepEqual(told(message('IST0145', 'Error', 'spec.servers[0]'), message('KIA0301', 'Warning', 'spec.servers[0].hosts[1]')), ['Error IST0145+KIA0301 spec.servers[0].hosts[1]']);
  assert.deepEqual(told(message('IST0145', 'Error', 'spec.servers[0]'), message('KIA0301', 'Warning', 'spec.servers[0].hosts[0]'), message('KIA0301', 'Warning', 'spec.servers[0].hosts[1]')), ['Error IST0145+KIA0301 spec.servers[0]']);
});

test('another place, object or finding stays a message of its own', () => {
  const other = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'shop', name: 'b' };
  assert.equal(told(message('IST0101', 'Error', HOST), message('KIA1101', 'Error', 'spec.http[1].route[0].destination.host')).length, 2);
  assert.equal(told(message('IST0101', 'Error', 'spec.servers[1]'), message('KIA0302', 'Error', 'spec.servers[10]')).length, 2);
  assert.equal(told(message('IST0101', 'Error', HOST), message('KIA1101', 'Error', HOST, { object: other })).length, 2);
  assert.equal(told(message('IST0101', 'Error', HOST), message('KIA1105', 'Warning', HOST)).length, 2);
});

test('a fix of either side is kept, Istio\'s first', () => {
  const fix = (label: string): Pick<AnalysisMessage, 'fix'> => ({ fix: { label, patch: [] } });
  const fixOf = (...messages: readonly AnalysisMessage[]): string | undefined => mergeMessages(messages)[0]?.fix?.label;
  assert.equal(fixOf(message('IST0101', 'Error', HOST), message('KIA1101', 'Error', HOST, fix('k'))), 'k');
  assert.equal(fixOf(message('IST0101', 'Error', HOST, fix('i')), message('KIA1101', 'Error', HOST, fix('k'))), 'i');
});

test('errors come first, then warnings, then notes; the rest of the order stays', () => {
  assert.deepEqual(told(message('KIA1108', 'Info', 'a'), message('IST0130', 'Warning', 'b'), message('KIA0202', 'Error', 'c'), message('IST0131', 'Warning', 'a')), ['Error KIA0202 c', 'Warning IST0130 b', 'Warning IST0131 a', 'Info KIA1108 a']);
});
