import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import { isDnsLabel } from '#mesh-core/domain/resources/rules/dns-name.ts';
import { UsageError } from './usage-error.ts';

/** Options that every verb takes. */
export const COMMON_OPTIONS = { 'data-dir': { type: 'string' }, kubeconfig: { type: 'string' } } as const satisfies ParseArgsOptionsConfig;

/** `parseArgs`, with its complaints as UsageErrors that name the way to the help. */
export function parseOptions<T extends ParseArgsOptionsConfig>(verb: string, args: readonly string[], options: T): { values: ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>['values']; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message.split('. To specify')[0] : String(error)}\n"mesh ${verb} --help" lists the options.`);
  }
}

/** A port from 1 to 65535 (or 0 where that means "any"). */
export function portOption(name: string, text: string, allowAny = false): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port >= (allowAny ? 0 : 1) && port <= 65_535) return port;
  throw new UsageError(`--${name} takes a port from ${allowAny ? '0 (any free one)' : '1'} to 65535, not "${text}".`);
}

/** A name as Kubernetes takes it for services, namespaces and service accounts. */
export function nameOption(name: string, text: string): string {
  if (isDnsLabel(text) && text === text.toLowerCase()) return text;
  throw new UsageError(`--${name} takes small letters, digits and "-" (at most 63, beginning and ending with a letter or digit), not "${text}".`);
}
