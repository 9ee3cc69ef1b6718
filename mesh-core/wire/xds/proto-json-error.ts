/** A value that is not the JSON form of the message it was given for. `path` is where, e.g. `virtualHosts[0].routes[1].match`. */
export class ProtoJsonError extends Error {
  readonly path: string;
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'value' : path}: ${expected}`);
    this.name = 'ProtoJsonError';
    this.path = path;
  }
}
