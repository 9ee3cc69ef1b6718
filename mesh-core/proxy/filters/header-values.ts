import { compileTextFormat } from '../telemetry/format-record.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import type { Exchange } from '../http/exchange.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';

const MAX_FORMATS = 1024;
const formats = new Map<string, (record: RequestRecord) => string>();

/**
 * The values of headers that routes add, with their command operators (`%DOWNSTREAM_REMOTE_ADDRESS%`, `%REQ(x-user)%`) filled
 * in for one request; an operator that has nothing to say stands for an empty text. `responseHeaders` for headers of answers.
 * Source: Envoy, custom request/response headers.
 */
export function headerValuesOf(exchange: Exchange, responseHeaders?: MutableHeaders): (value: string) => string {
  return (value) => {
    if (!value.includes('%')) return value;
    let format = formats.get(value);
    if (format === undefined) {
      if (formats.size >= MAX_FORMATS) formats.clear();
      format = compileTextFormat(value, true);
      formats.set(value, format);
    }
    return format({ ...exchange.record, requestHeaders: exchange.line.headers, responseHeaders });
  };
}
