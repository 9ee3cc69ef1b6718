import type { Logger } from '#mesh-core/runtime/logger.ts';
import { text } from './answer.ts';
import type { Answer } from './answer.ts';

/** The one logger of a proxy, as `/logging` names it. */
const LOGGER = 'proxy';
/** Envoy's levels by those of the log. */
const LEVELS: Readonly<Record<string, string>> = { trace: 'trace', debug: 'debug', info: 'info', warning: 'warn', error: 'error', critical: 'fatal', off: 'silent' };
const USAGE = `usage: /logging?${LOGGER}=<level> (change the level of a logger)\nusage: /logging?paths=name1:level1,name2:level2,...\nusage: /logging?level=<level> (change all levels)\nusage: /logging (query levels)\nlevels: ${Object.keys(LEVELS).join(' ')}\n`;

/**
 * `POST /logging`: shows the level of each logger, after setting it as `?level=debug`, `?paths=proxy:debug` or
 * `?proxy=debug` ask; 400 for what it does not know. Source: Envoy's logs_handler.cc.
 */
export function loggingPage(log: Logger, query: URLSearchParams): Answer {
  if (!hasLevel(log)) return text(501, 'the log of this proxy has no levels\n');
  const [[key, value] = [undefined, ''], ...more] = query;
  if (key !== undefined) {
    const level = more.length > 0 ? undefined : levelOf(key, value);
    if (level === undefined) return text(400, USAGE);
    log.level = level;
  }
  return text(200, `active loggers:\n  ${LOGGER}: ${nameOf(log.level)}\n\n`);
}

function levelOf(key: string, value: string): string | undefined {
  if (key === 'level' || key === LOGGER) return LEVELS[value];
  if (key !== 'paths') return undefined;
  const levels = value.split(',').map((part) => {
    const [name, level = ''] = part.split(':');
    return name === LOGGER ? LEVELS[level] : undefined;
  });
  return levels.includes(undefined) ? undefined : levels.at(-1);
}

function nameOf(level: string): string {
  return Object.entries(LEVELS).find(([, own]) => own === level)?.[0] ?? level;
}

function hasLevel(log: Logger): log is Logger & { level: string } {
  return 'level' in log && typeof log.level === 'string';
}
