import { CopyButton } from '#components/ui/copy-button.tsx';

export interface AttributeTableProps {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** OTLP types of values, by JSON pointer. */
  readonly types?: Readonly<Record<string, string>>;
  /** How many the program did not send because of its limits. */
  readonly dropped?: number | undefined;
}

/** Keys and values in key order, each to copy. */
export function AttributeTable({ attributes, types = {}, dropped }: AttributeTableProps) {
  const entries = Object.entries(attributes)
    .filter(([, value]) => value !== null && value !== undefined)
    .toSorted(([a], [b]) => a.localeCompare(b));
  return (
    <>
      {entries.length === 0 && <p className="text-label text-fg-tertiary">None.</p>}
      <dl className="flex flex-col text-label">
        {entries.map(([key, value]) => (
          <div key={key} className="group relative flex items-start gap-2 border-b border-line-subtle py-1 last:border-0">
            <dt className="w-2/5 shrink-0 font-mono break-all text-fg-tertiary" title={types[`/attributes/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`]}>
              {key}
            </dt>
            <dd className="min-w-0 flex-1 font-mono break-all whitespace-pre-wrap">{textOf(value)}</dd>
            <span className="absolute top-0 right-0 rounded-sm bg-panel opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
              <CopyButton text={textOf(value)} label={`Copy ${key}`} />
            </span>
          </div>
        ))}
      </dl>
      {dropped !== undefined && dropped > 0 && <p className="text-label text-fg-tertiary">{`${dropped} more were dropped by the program's own limits.`}</p>}
    </>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
