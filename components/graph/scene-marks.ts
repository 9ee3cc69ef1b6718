/** What is picked out of the drawing. */
export interface Marks {
  readonly chosen: string | undefined;
  readonly hovered: string | undefined;
  /** The node the keyboard is at. */
  readonly focused: string | undefined;
  /** What a find matches; `undefined`: nothing is looked for. */
  readonly found: ReadonlySet<string> | undefined;
  /** What is up- and downstream of what is pointed at. */
  readonly lit: ReadonlySet<string> | undefined;
}

/** While something is looked for or pointed at, the rest steps back. Boxes never do. */
export function isFaded(id: string, { found, lit }: Marks): boolean {
  return (found !== undefined && !found.has(id)) || (lit !== undefined && !lit.has(id));
}
