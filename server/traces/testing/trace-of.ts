import assert from 'node:assert/strict';
import type { Span, SpanKind } from '#server/traces/trace-backend.ts';
import { aSpan, spanId } from './a-span.ts';

const LINE = /^(\S+)( *) (.+?) (\d+)\+(\d+)((?: \S+)*)$/;

/**
 * A trace written down, a span a line: `service  name start+duration key=value …`, in microseconds. More spaces before the
 * name than in some line before make it that line's child; `!` is an error, `server` or another kind its kind.
 */
export function traceOf(text: string, overrides: Partial<Span> = {}): Span[] {
  const branch: { indent: number; id: string }[] = [];
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line, i) => {
      const [, service = '', spaces = '', name = '', start = '0', duration = '0', rest = ''] = LINE.exec(line) ?? assert.fail(line);
      const depth = spaces.length;
      while (branch.length > 0 && (branch.at(-1)?.indent ?? 0) >= depth) branch.pop();
      const parent = branch.at(-1)?.id;
      const id = spanId(i + 1);
      branch.push({ indent: depth, id });
      const words = rest.split(' ').filter((word) => word !== '');
      return aSpan({
        spanId: id,
        ...(parent === undefined ? {} : { parentSpanId: parent }),
        service,
        name,
        // The words are written in tests only.
        kind: (words.find((w) => /^(server|client|producer|consumer)$/.test(w)) as SpanKind | undefined) ?? 'internal',
        start: Number(start) * 1000,
        duration: Number(duration) * 1000,
        ...(words.includes('!') ? { status: { code: 'error' as const } } : {}),
        attributes: Object.fromEntries(words.filter((w) => w.includes('=')).map((w) => w.split('=') as [string, string])),
        ...overrides,
      });
    });
}
