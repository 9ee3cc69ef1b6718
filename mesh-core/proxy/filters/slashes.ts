import { normalizeSlashes } from '#mesh-core/domain/decide/normalize-path.ts';
import type { Filter } from '../http/exchange.ts';

/** Normalises slashes before routes or policies see a path, as the listener asks for beyond what is done to every path. */
export function createSlashFilter(options: { readonly unescapes: boolean; readonly merges: boolean }): Filter {
  return (next) => (exchange, respond) => {
    const { line, record } = exchange;
    line.path = normalizeSlashes(line.path, options);
    record.path = line.path;
    next(exchange, respond);
  };
}
