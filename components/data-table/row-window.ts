export interface RowWindowInput {
  /** Scrolled-away pixels and visible height of the scroller. */
  readonly top: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
  /** Rows kept beyond each edge, so that keys and fast scrolling find them. */
  readonly overscan?: number;
}

/** First and last row to draw, of rows that are all equally high. `last` is −1 when there are none. */
export function rowWindow({ top, height, rowHeight, count, overscan = 16 }: RowWindowInput): { readonly first: number; readonly last: number } {
  if (count === 0) return { first: 0, last: -1 };
  const visible = Math.ceil(height / rowHeight);
  const topRow = Math.min(Math.max(0, Math.floor(top / rowHeight)), Math.max(0, count - visible));
  return { first: Math.max(0, topRow - overscan), last: Math.min(count - 1, topRow + visible + overscan) };
}
