import { destination, pino } from 'pino';

/** Structured log lines (JSON): what every process of the mesh and the console writes. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/**
 * A logger for one component; level from BINNACLE_LOG_LEVEL (default info). A process whose stdout belongs to another
 * program writes to 'stderr'.
 */
export function createLogger(component: string, stream: 'stdout' | 'stderr' = 'stdout'): Logger {
  const options = { base: { component }, level: process.env['BINNACLE_LOG_LEVEL'] ?? 'info', timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' };
  return pino(options, destination({ dest: stream === 'stdout' ? 1 : 2, sync: true }));
}

/** Says nothing; for unit tests. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger };
