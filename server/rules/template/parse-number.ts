import { parseGoFloat } from '#server/promql/go-number.ts';
import { unquote } from '#server/promql/go-string.ts';

/**
 * A number or character constant of a template: whether its form says integer, as Go's rules for constants have it.
 * Undefined for what is none; complex numbers are not taken. Source: Go's text/template/exec.go (idealConstant).
 */
export function parseNumber(text: string): { readonly value: number; readonly isInt: boolean } | undefined {
  if (text.startsWith("'")) {
    const character = unquote(text);
    const code = character?.codePointAt(0);
    return code === undefined || Array.from(character ?? '').length !== 1 ? undefined : { value: code, isInt: true };
  }
  const plain = text.replaceAll('_', '');
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = /^[+-]/.test(plain) ? plain.slice(1) : plain;
  if (/^0[0-7]+$/.test(digits)) return { value: sign * Number.parseInt(digits, 8), isInt: true };
  if (/^(\d+|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(digits)) return { value: sign * Number(digits), isInt: true };
  const value = /^[+-]?\./.test(plain) || /\d/.test(plain) ? parseGoFloat(plain) : undefined;
  return value === undefined || !Number.isFinite(value) ? undefined : { value, isInt: false };
}
