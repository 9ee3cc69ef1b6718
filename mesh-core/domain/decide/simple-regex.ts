/** Texts with gaps between them; each gap is of any length from `least[i]` on. */
interface Alternative {
  readonly texts: readonly string[];
  readonly least: readonly number[];
}

/**
 * A pattern that is only texts, `.*`, `.+` and `|` as a function that tells whether it covers a whole text, many times
 * faster than an automaton; undefined for any other pattern. The text must have no line break, which `.` does not match.
 */
export function simpleRegex(pattern: string): ((text: string) => boolean) | undefined {
  const alternatives: Alternative[] = [];
  let texts: string[] = [''];
  let least: number[] = [];
  const add = (literal: string): void => {
    texts.push((texts.pop() ?? '') + literal);
  };
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    if (character === '|') {
      alternatives.push({ texts, least });
      [texts, least] = [[''], []];
    } else if (character === '.') {
      i += 1;
      const times = pattern[i];
      // What follows a repetition changes it: `.*?`, `.*+`.
      if ((times !== '*' && times !== '+') || /[*+?{]/.test(pattern.charAt(i + 1))) return undefined;
      // Two gaps side by side have no text to look for between them.
      if (least.length > 0 && texts.at(-1) === '') return undefined;
      texts.push('');
      least.push(times === '+' ? 1 : 0);
    } else if (character === '\\') {
      i += 1;
      const escaped = pattern.charAt(i);
      if (!/^[!-/:-@[-`{-~]$/.test(escaped)) return undefined;
      add(escaped);
    } else if (/[*+?()[\]{}^$]/.test(character)) return undefined;
    else add(character);
    // A repetition of a letter.
    if (character !== '.' && character !== '|' && /[*+?{]/.test(pattern.charAt(i + 1))) return undefined;
  }
  alternatives.push({ texts, least });
  return (text) => alternatives.some((alternative) => covers(alternative, text));
}

/** Texts between two gaps are taken where they come first, which leaves most for the rest. */
function covers({ texts, least }: Alternative, text: string): boolean {
  const first = texts[0] ?? '';
  if (texts.length === 1) return text === first;
  const last = texts.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (let i = 1; i < texts.length - 1; i++) {
    const part = texts[i] ?? '';
    const found = text.indexOf(part, at + (least[i - 1] ?? 0));
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at + (least.at(-1) ?? 0);
}
