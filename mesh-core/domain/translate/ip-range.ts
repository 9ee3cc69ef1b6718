import type { CidrRange } from '../envoy/resources.ts';

/** Is an IPv4 or IPv6 address inside a range? An IPv4 address in IPv6 notation (`::ffff:1.2.3.4`) counts as IPv4. */
export function isInRange(range: CidrRange, address: string): boolean {
  const network = addressBytes(range.addressPrefix);
  const host = addressBytes(address);
  if (network === undefined || host === undefined || network.length !== host.length) return false;
  let bits = range.prefixLen ?? 0;
  for (let index = 0; bits > 0 && index < network.length; index += 1, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if (((network[index] ?? 0) & mask) !== ((host[index] ?? 0) & mask)) return false;
  }
  return true;
}

/** Is it an IPv4 or IPv6 address, rather than a name? */
export function isIpAddress(text: string): boolean {
  return addressBytes(text) !== undefined;
}

/** An address or range as Istio writes it (`10.0.0.1`, `10.0.0.0/8`); undefined when it is neither. */
export function parseRange(text: string): CidrRange | undefined {
  const slash = text.indexOf('/');
  const addressPrefix = slash === -1 ? text : text.slice(0, slash);
  const bytes = addressBytes(addressPrefix);
  if (bytes === undefined) return undefined;
  const longest = bytes.length * 8;
  if (slash === -1) return { addressPrefix, prefixLen: longest };
  const length = text.slice(slash + 1);
  return /^\d{1,3}$/.test(length) && Number(length) <= longest ? { addressPrefix, prefixLen: Number(length) } : undefined;
}

/** The bytes of an address, 4 or 16; undefined when it is not an address. A zone (`%eth0`) is dropped. */
export function addressBytes(text: string): readonly number[] | undefined {
  const address = text.replace(/%.*$/, '');
  if (!address.includes(':')) return parseIpv4(address);
  const bytes = parseIpv6(address);
  const isMapped = bytes !== undefined && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? bytes.slice(12) : bytes;
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.map(Number);
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(groupBytes)));
  if (head === undefined || head.includes(Number.NaN) || tail?.includes(Number.NaN)) return undefined;
  if (tail === undefined) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - tail.length;
  return missing < 2 ? undefined : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function groupBytes(group: string): number[] {
  if (group.includes('.')) return parseIpv4(group) ?? [Number.NaN];
  if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return [Number.NaN];
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}

/** A range in a form that is equal for equal ranges (`1.2.3.4/8` and `1.5.6.7/8` are one); undefined when it is none. */
export function maskedRange(text: string): string | undefined {
  const range = parseRange(text);
  const bytes = range === undefined ? undefined : addressBytes(range.addressPrefix);
  if (range === undefined || bytes === undefined) return undefined;
  const length = range.prefixLen ?? 0;
  const masked = bytes.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - index * 8));
    return byte & ((0xff << (8 - bits)) & 0xff);
  });
  return `${masked.join('.')}/${length}`;
}
