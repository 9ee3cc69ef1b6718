/** Aligned columns, two spaces apart, as kubectl prints them. Empty cells are shown as `-`. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] || '-').length)));
  const line = (cells: readonly string[]): string => widths.map((width, column) => (cells[column] || '-').padEnd(width)).join('  ').trimEnd();
  return [header, ...rows].map(line).join('\n');
}

/** A time span in kubectl's short form: `42s`, `7m`, `3h`, `12d`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
