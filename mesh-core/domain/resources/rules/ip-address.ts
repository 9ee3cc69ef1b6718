/**
 * IP addresses and CIDR blocks in text form, with the strictness of Go's netip (no leading zeros, no missing parts).
 */

/** Is this an IPv4 or IPv6 address (with an optional zone such as `%eth0`)? */
export function isIpAddress(text: string): boolean {
  if (!text.includes(':')) return isIpv4(text);
  const zone = text.indexOf('%');
  if (zone === -1) return isIpv6(text);
  return zone < text.length - 1 && isIpv6(text.slice(0, zone));
}

/** Is this a CIDR block such as `10.0.0.0/8` or `fd00::/64`? Zones are not allowed. */
export function isCidr(text: string): boolean {
  const slash = text.lastIndexOf('/');
  if (slash === -1) return false;
  const address = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(bits)) return false;
  if (address.includes(':')) return isIpv6(address) && Number(bits) <= 128;
  return isIpv4(address) && Number(bits) <= 32;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const gap = text.indexOf('::');
  if (gap !== -1 && text.includes('::', gap + 1)) return false;
  if (gap === -1) return countGroups(text, true) === 8;
  const head = countGroups(text.slice(0, gap), false);
  const tail = countGroups(text.slice(gap + 2), true);
  // A gap stands for at least one group of zeros.
  return head !== undefined && tail !== undefined && head + tail <= 7;
}

/** Number of 16-bit groups in a run without `::`; undefined if it is malformed. A trailing IPv4 counts as two. */
function countGroups(run: string, ipv4Allowed: boolean): number | undefined {
  if (run === '') return 0;
  const parts = run.split(':');
  const last = parts.at(-1) ?? '';
  const embedded = ipv4Allowed && last.includes('.');
  const groups = embedded ? parts.slice(0, -1) : parts;
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) || (embedded && !isIpv4(last))) return undefined;
  return groups.length + (embedded ? 2 : 0);
}
