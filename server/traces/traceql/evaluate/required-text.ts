/** Shorter ones are in nearly everything. */
const LEAST = 2;

/**
 * The longest text that whatever a regular expression matches must contain, so that most texts need not be tried;
 * undefined where that is not plain to see. Only expressions of plain characters and wildcards (`.`, `.*`, `.+`) are looked into.
 */
export function requiredText(pattern: string): string | undefined {
  let longest = '';
  let run = '';
  const take = (char: string): void => {
    run += char;
    if (run.length > longest.length) longest = run;
  };
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? '';
    if (char === '.') {
      run = '';
      if (pattern[i + 1] === '*' || pattern[i + 1] === '+') i += 1;
    } else if (char === '\\') {
      i += 1;
      const escaped = pattern[i] ?? '';
      // A letter or digit behind it would mean something else than itself.
      if (!/^[!-/:-@[-`{-~]$/.test(escaped)) return undefined;
      take(escaped);
    } else if ('|()[]{}?*+^$'.includes(char)) return undefined;
    else take(char);
  }
  return longest.length < LEAST ? undefined : longest;
}
