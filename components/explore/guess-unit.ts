import type { Unit } from '#components/charts/format-number.ts';

export const UNIT_CHOICES = ['auto', 'none', 's', 'ms', 'bytes', 'bytesPerSecond', 'ratio', 'percent', 'rps', 'ops', 'cores', 'count'] as const satisfies readonly ('auto' | Unit)[];
export type UnitChoice = (typeof UNIT_CHOICES)[number];

const PER_SECOND = /\b(?:rate|irate|deriv)\s*\(/;

/**
 * What the numbers of a query most likely are, from the names of its metrics (Prometheus' naming rules) and what is done
 * with them: a rate of bytes is bytes per second, a rate over a rate a share, a sum over a count the mean of its unit.
 */
export function guessUnit(expr: string): Unit {
  const text = stripped(expr);
  if (/^\s*(?:count|group|count_values|absent)\b/.test(text)) return 'count';
  const [over, under] = topLevelParts(text, '/');
  if (over !== undefined && under !== undefined) return unitOfQuotient(over, under);
  const base = unitOfName(text);
  // A quantile of buckets is in the unit of what was observed, whatever rate is inside.
  if (/\bhistogram_(?:quantile|avg)\s*\(/.test(text)) return base;
  if (!PER_SECOND.test(text)) return base;
  if (/cpu_seconds|cpu_usage/.test(text)) return 'cores';
  if (base === 'bytes') return 'bytesPerSecond';
  if (base === 's' || base === 'ms') return 'none';
  return /requests?(?:_[a-z]+)*_(?:total|count)\b/.test(text) ? 'rps' : 'ops';
}

function unitOfQuotient(over: string, under: string): Unit {
  if (/_sum\b/.test(over) && /_count\b/.test(under)) return unitOfName(over);
  const [a, b] = [guessUnit(over), guessUnit(under)];
  // 100 * a / b
  if (/(?:^|[^\w.])100\s*\*/.test(over)) return 'percent';
  return a === b && a !== 'none' ? 'ratio' : /^[\s\d.()]+$/.test(under) ? 'none' : metricOf(over) !== undefined && metricOf(over) === metricOf(under) ? 'ratio' : 'none';
}

function unitOfName(text: string): Unit {
  // What a histogram counts, whatever it measures.
  if (/_(?:bucket|count)\b/.test(text) && !/\bhistogram_quantile\s*\(/.test(text)) return 'count';
  if (/_milliseconds(?:_|\b)/.test(text)) return 'ms';
  if (/_seconds(?:_|\b)/.test(text)) return 's';
  if (/_bytes(?:_|\b)/.test(text)) return 'bytes';
  if (/_ratio\b/.test(text)) return 'ratio';
  return 'none';
}

function metricOf(text: string): string | undefined {
  return /\b[a-z]+_[a-z_]+\b(?!\s*\()/.exec(text)?.[0];
}

/** Without strings and the insides of braces and brackets: label values say nothing about the unit. */
function stripped(expr: string): string {
  return expr
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""')
    .replaceAll(/\{[^{}]*\}|\[[^[\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/g, '');
}

/** Both sides of the first operator outside all parentheses. Parentheses around everything are taken off before. */
function topLevelParts(text: string, operator: string): readonly [string?, string?] {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === operator && depth === 0) return [text.slice(0, index), text.slice(index + 1)];
  }
  return [];
}
