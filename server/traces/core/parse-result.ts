/** What a parser of the search form gives: a value, or what is wrong and where (0-based offset in the text). */
export type ParseResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly message: string; readonly position: number } };

/** A value that was read. */
export function parsed<T>(value: T): ParseResult<T> {
  return { ok: true, value };
}

/** What is wrong, at a 0-based offset in the text. */
export function parseFailure(message: string, position: number): ParseResult<never> {
  return { ok: false, error: { message, position } };
}
