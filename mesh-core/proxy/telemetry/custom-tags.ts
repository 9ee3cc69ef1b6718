import type { CustomTag } from '#mesh-core/domain/envoy/telemetry.ts';
import type { RequestRecord } from './request-record.ts';

/** A tag of spans; undefined or empty = the span has none of that name. */
export interface CompiledTag {
  readonly tag: string;
  readonly read: (record: RequestRecord) => string | undefined;
}

/** The tags that a configuration adds to spans, ready to be read. Source: envoy.type.tracing.v3.CustomTag. */
export function customTags(tags: readonly CustomTag[]): CompiledTag[] {
  return tags.map((tag) => ({ tag: tag.tag, read: readerOf(tag) }));
}

/** Do tags name headers, which are then kept until the request has ended? */
export function tagsNeedHeaders(tags: readonly CustomTag[] | undefined): boolean {
  return (tags ?? []).some(({ requestHeader }) => requestHeader !== undefined);
}

function readerOf({ literal, environment, requestHeader, metadata }: CustomTag): CompiledTag['read'] {
  if (literal !== undefined) return () => literal.value;
  if (environment !== undefined) {
    const value = process.env[environment.name] ?? environment.defaultValue;
    return () => value;
  }
  if (requestHeader !== undefined) {
    const name = requestHeader.name.toLowerCase();
    return (record) => {
      const value = record.requestHeaders?.[name];
      return value === undefined ? requestHeader.defaultValue : typeof value === 'string' ? value : value.join(',');
    };
  }
  const key = metadata?.metadataKey;
  return (record) => {
    let value: unknown = key === undefined ? undefined : record.metadata?.[key.key];
    for (const segment of key?.path ?? []) value = typeof value === 'object' && value !== null && Object.hasOwn(value, segment.key) ? (value as Readonly<Record<string, unknown>>)[segment.key] : undefined;
    return value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
  };
}
