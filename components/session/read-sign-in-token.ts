/** The secret in what a person pasted: a whole one-time link, or the token alone. Empty when there is none. */
export function readSignInToken(pasted: string): string {
  const text = pasted.trim();
  const inLink = /[?&]token=([^&#\s]+)/.exec(text)?.[1];
  return inLink === undefined ? text : (new URLSearchParams(`token=${inLink}`).get('token') ?? '');
}

/** Where to go after signing in: only paths of this console, never another origin. */
export function localNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/';
}
