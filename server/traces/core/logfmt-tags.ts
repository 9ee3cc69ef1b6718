import { parsed, parseFailure, type ParseResult } from './parse-result.ts';

/**
 * Tags of the search form in logfmt: `k=v k2="v w"`, space is AND. In quotes `\"` and `\\` are escapes; a key alone
 * means `true`. Fails with the position of an unclosed quote, a missing key, or a key named twice (which could only
 * ever match nothing, or say the same again).
 */
export function parseLogfmtTags(text: string): ParseResult<Record<string, string>> {
  const entries = new Map<string, string>();
  let i = 0;
  for (;;) {
    while (isSpace(text[i])) i++;
    if (i >= text.length) return parsed(Object.fromEntries(entries));
    const keyStart = i;
    while (i < text.length && text[i] !== '=' && text[i] !== '"' && !isSpace(text[i])) i++;
    const key = text.slice(keyStart, i);
    if (key === '') return parseFailure(`expected a key before ${text[i]}`, i);
    if (text[i] === '"') return parseFailure(`a key may not contain a quote: write ${key}="value"`, i);
    if (entries.has(key)) return parseFailure(`"${key}" is given twice`, keyStart);
    if (text[i] !== '=') {
      entries.set(key, 'true');
      continue;
    }
    const value = readValue(text, i + 1);
    if (!value.ok) return value;
    entries.set(key, value.value.text);
    i = value.value.next;
  }
}

function readValue(text: string, start: number): ParseResult<{ text: string; next: number }> {
  let i = start;
  if (text[i] !== '"') {
    while (i < text.length && !isSpace(text[i])) {
      if (text[i] === '"') return parseFailure('a quote inside a value: put the whole value in quotes', i);
      i++;
    }
    return parsed({ text: text.slice(start, i), next: i });
  }
  let value = '';
  for (i++; i < text.length; i++) {
    if (text[i] === '"') {
      const next = text[i + 1];
      return next === undefined || isSpace(next) ? parsed({ text: value, next: i + 1 }) : parseFailure('expected a space after the closing quote', i + 1);
    }
    if (text[i] === '\\' && (text[i + 1] === '"' || text[i + 1] === '\\')) i++;
    value += text[i] ?? '';
  }
  return parseFailure('this quote is not closed', start);
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}
