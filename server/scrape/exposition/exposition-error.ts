/** A line that is not in the text format; the parser adds its number. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
}
