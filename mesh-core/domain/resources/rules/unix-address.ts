export const UNIX_PREFIX = 'unix://';

/** What is wrong with `unix://…`, or undefined: an absolute path to a file, or an abstract name that begins with `@`. */
export function unixAddressProblem(address: string): string | undefined {
  const socket = address.slice(UNIX_PREFIX.length);
  if (socket === '') return 'the path of the unix socket is empty';
  if (socket.startsWith('@')) return undefined;
  return socket.startsWith('/') && !socket.endsWith('/') ? undefined : `${JSON.stringify(socket)} is not an absolute path to a file`;
}
