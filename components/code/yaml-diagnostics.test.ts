import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fc } from '#mesh-core/testing/property.ts';
import { placeDiagnostics, syntaxErrors } from './yaml-diagnostics.ts';

test('a syntax error is found where it is', () => {
  const text = 'a: 1\nb: [1, 2\nc: 3\n';
  const [first] = syntaxErrors(text);
  assert.equal(first?.severity, 'error');
  assert.ok((first?.from ?? 0) >= 5);
  assert.deepEqual(syntaxErrors('a: 1\n'), []);
});

test('a key given twice is an error', () => {
  assert.equal(syntaxErrors('a: 1\na: 2\n').length, 1);
});

test('remarks are placed by path or by line and come in reading order', () => {
  const text = 'spec:\n  weight: -1\n  host: x\n';
  const placed = placeDiagnostics(text, [
    { severity: 'warning', message: 'no such host', line: 3 },
    { severity: 'error', message: 'negative', path: 'spec.weight' },
  ]);
  assert.deepEqual(placed.map((d) => text.slice(d.from, d.to)), ['-1', 'host: x']);
});

test('places stay inside the text, whatever is reported', () => {
  fc.assert(
    fc.property(fc.string(), fc.record({ line: fc.integer({ min: -5, max: 99 }), column: fc.integer({ min: -5, max: 99 }) }), (text, where) => {
      for (const { from, to } of placeDiagnostics(text, [{ severity: 'error', message: 'x', ...where }])) assert.ok(from >= 0 && from <= to && to <= text.length);
    }),
  );
});

test('several documents in one text are no error, and each is checked', () => {
  assert.deepEqual(syntaxErrors('a: 1\n---\nb: 2\n'), []);
  assert.equal(syntaxErrors('a: 1\n---\nb: [2\n').length > 0, true);
});
