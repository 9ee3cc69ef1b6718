import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { RequestLineParts } from './framing.ts';
import { MalformedMessage } from './malformed-message.ts';

/** What a Host may consist of: RFC 3986 section 3.2. */
const HOST = /^[A-Za-z0-9\-._~%!$&'()*+,;=:[\]]*$/;

/** Envoy's headers_with_underscores_action. Throws MalformedMessage. */
export function judgeUnderscores(headers: MutableHeaders, action: 'REJECT_REQUEST' | 'DROP_HEADER'): void {
  for (const name in headers) {
    if (!name.includes('_')) continue;
    if (action === 'REJECT_REQUEST') throw new MalformedMessage('a field name has an underscore');
    headers[name] = undefined;
  }
}

/** The one authority a request is for. Throws MalformedMessage when it is missing or is no host. */
export function checkHost(host: string | string[] | undefined, line: RequestLineParts): string {
  if (host === undefined) {
    if (line.minorVersion === 1) throw new MalformedMessage('there is no Host');
    return '';
  }
  if (typeof host !== 'string' || !HOST.test(host)) throw new MalformedMessage('the Host is no host');
  return host;
}
