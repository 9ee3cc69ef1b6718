/** A table as text: the header, then rows; cells are what is shown in full precision. */
export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Comma-separated values after RFC 4180: lines end in CRLF, cells with commas, quotes or line ends are quoted. A cell that a spreadsheet would run as a formula gets an apostrophe. */
export function toCsv({ header, rows }: TextTable): string {
  return [header, ...rows].map((row) => row.map((cell) => quoted(harmless(cell))).join(',')).join('\r\n') + '\r\n';
}

/** Tab-separated values, for pasting into a spreadsheet: tabs and line ends within cells become spaces. */
export function toTsv({ header, rows }: TextTable): string {
  return [header, ...rows].map((row) => row.map((cell) => harmless(cell).replaceAll(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Label values come from anyone: `=HYPERLINK(…)` must stay text. Numbers, also negative ones, stay numbers. */
function harmless(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^[+-]?(?:\d|Inf)/.test(cell) ? `'${cell}` : cell;
}
