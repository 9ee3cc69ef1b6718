import { ServerError } from '#server/server-error.ts';

/** A trace id in 32 lower-case digits: hex in any case; leading zeros may be missing, as some tools cut them off. Throws `bad-request`. */
export function readTraceId(text = ''): string {
  if (!/^[0-9a-f]{1,32}$/i.test(text)) throw new ServerError('bad-request', `"${text}" is not a trace id.`, { hint: 'A trace id has 32 hex digits.' });
  return text.toLowerCase().padStart(32, '0');
}
