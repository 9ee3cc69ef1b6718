/** Rows as text in columns, numbers to the right with as many digits as they deserve; what is missing is a dash. */
export function formatTable(header: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string {
  const cells = [header, ...rows.map((row) => row.map(format))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const lines = cells.map((row, i) => row.map((cell, column) => (typeof rows[Math.max(0, i - 1)]?.[column] === 'string' ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '));
  return `${lines.join('\n')}\n`;
}

function format(cell: string | number | undefined): string {
  if (cell === undefined) return '-';
  if (typeof cell === 'string') return cell;
  return Math.abs(cell) >= 100 ? Math.round(cell).toLocaleString('en-US') : cell.toFixed(2).replace(/\.?0+$/, '');
}
