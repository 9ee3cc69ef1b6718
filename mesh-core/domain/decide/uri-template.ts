import { compileRegex } from './compile-regex.ts';

/**
 * Does a path fit an Envoy URI template? `*` is one segment, `**` any number of characters, `{name}` one segment and
 * `{name=pattern}` the pattern. Source: envoy.extensions.path.match.uri_template.v3.
 */
export function matchesUriTemplate(template: string, path: string): boolean {
  return compileUriTemplate(template)(path);
}

/** A template as a function of paths; an empty or unreadable one matches nothing. */
export function compileUriTemplate(template: string): (path: string) => boolean {
  const regex = template === '' ? undefined : compileRegex(toRegex(template));
  return regex === undefined ? () => false : (path) => regex.matchesWhole(path);
}

const SEGMENT = '[^/]+';
const ANYTHING = '.*';

function toRegex(template: string): string {
  const unnamed = template.replaceAll(/\{[^=}]+=([^}]*)\}/g, '$1').replaceAll(/\{[^}]*\}/g, '*');
  return unnamed
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? ANYTHING : part === '*' ? SEGMENT : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
}
