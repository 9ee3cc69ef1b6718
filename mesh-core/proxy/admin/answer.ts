/** What the admin port answers. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=UTF-8', body };
}

export function html(body: string): Answer {
  return { status: 200, type: 'text/html; charset=UTF-8', body };
}

/** `indent`: spaces per level, 0 for what is long. */
export function json(value: unknown, indent: 0 | 1 = 1): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value, undefined, indent) };
}
