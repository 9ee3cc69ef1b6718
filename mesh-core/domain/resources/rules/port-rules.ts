import type { IssueSink } from '../field-issue.ts';

/** Is this a port a socket can have? */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** Reports a port outside 1 to 65535; an absent one is fine. */
export function checkPort(port: number | undefined, path: string, issues: IssueSink): void {
  if (port !== undefined && !isPort(port)) issues.error(path, `port number ${port} must be in the range 1..65535`, { expected: '1 to 65535' });
}
