/** What is wrong with a template, in Go's words: when it was read, or when it ran. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
