'use client';

import { ArrowDown, ArrowUp, Braces, Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Input } from '#components/ui/input.tsx';
import type { AttributeScope } from '#server/traces/traceql/ast.ts';
import { JsonTree } from './json-tree.tsx';
import { jsonOf } from './json-value.ts';
import { searchHref } from './span-links.ts';

export interface AttributeTableProps {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly label: string;
  /** OTLP types of values by JSON pointer, and where in it these attributes are. */
  readonly types?: Readonly<Record<string, string>> | undefined;
  readonly pointer?: string;
  /** How many the program did not send because of its limits. */
  readonly dropped?: number | undefined;
  /** Makes each value a search; absent where there is none for it. */
  readonly search?: { readonly scope: AttributeScope; readonly range: { readonly from: string; readonly to: string } };
}

/** From this many on there is something to sort and to copy at once, and a filter box. */
const BAR_FROM = 3;
const FILTER_FROM = 8;

/** Keys and values: sorted, filtered, each to copy, to read as a tree, and to search for. */
export function AttributeTable({ attributes, label, types = {}, pointer = '/attributes', dropped, search }: AttributeTableProps) {
  const [descending, setDescending] = useState(false);
  const [filter, setFilter] = useState('');
  const entries = useMemo(() => {
    const word = filter.trim().toLowerCase();
    return Object.entries(attributes)
      .filter(([key, value]) => value !== null && value !== undefined && (word === '' || key.toLowerCase().includes(word) || textOf(value).toLowerCase().includes(word)))
      .toSorted(([a], [b]) => (descending ? b.localeCompare(a) : a.localeCompare(b)));
  }, [attributes, filter, descending]);
  const total = Object.keys(attributes).length;
  if (total === 0) return <p className="text-label text-fg-tertiary">None.{droppedText(dropped)}</p>;
  const Arrow = descending ? ArrowDown : ArrowUp;
  return (
    <div className="@container">
      {total >= BAR_FROM && (
        <div className="flex items-center gap-1">
          <button type="button" onClick={() => setDescending(!descending)} className="mr-auto flex h-6 items-center gap-1 text-axis font-medium text-fg-tertiary hover:text-fg" aria-label={`Key: sort ${label} ${descending ? 'from A' : 'from Z'}`}>
            Key <Arrow className="size-3" aria-hidden />
          </button>
          {total >= FILTER_FROM && <Input value={filter} onChange={(event) => setFilter(event.target.value)} placeholder={`Filter ${total}`} aria-label={`Filter ${label}`} className="max-w-36" />}
          <CopyButton text={JSON.stringify(attributes, null, 2)} label={`Copy ${label} as JSON`} />
        </div>
      )}
      <table className="w-full table-fixed text-label" aria-label={label}>
        <tbody>
          {entries.map(([key, value]) => (
            <AttributeRow key={key} name={key} value={value} type={types[`${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`]} search={search} />
          ))}
        </tbody>
      </table>
      {entries.length === 0 && <p className="py-1 text-label text-fg-tertiary">{`None of ${total} has “${filter}”.`}</p>}
      {(dropped ?? 0) > 0 && <p className="pt-1 text-label text-fg-tertiary">{droppedText(dropped)}</p>}
    </div>
  );
}

function AttributeRow({ name, value, type, search }: { readonly name: string; readonly value: unknown; readonly type: string | undefined; readonly search: AttributeTableProps['search'] }) {
  const navigate = useAppNavigate();
  const json = jsonOf(value);
  const [asTree, setAsTree] = useState(true);
  const [whole, setWhole] = useState(false);
  const text = textOf(value);
  const long = text.length > MOST_SHOWN;
  const href = search === undefined ? undefined : searchHref({ kind: 'attribute', scope: search.scope, key: name }, value, search.range);
  return (
    <tr className="group relative border-b border-line-subtle align-top last:border-0">
      <th scope="row" className="w-[47%] py-1 pr-2 text-left font-mono font-normal break-words text-fg-tertiary" title={type === undefined ? undefined : `OTLP ${type}`}>
        {name}
      </th>
      <td className="relative py-1 font-mono break-words whitespace-pre-wrap">
        {json !== undefined && asTree ? <JsonTree value={json} /> : long && !whole ? `${text.slice(0, MOST_SHOWN)}… ` : text}
        {long && (json === undefined || !asTree) && (
          <button type="button" className="font-sans font-medium text-accent hover:underline" onClick={() => setWhole(!whole)}>
            {whole ? 'less' : `all ${text.length.toLocaleString('en')} characters`}
          </button>
        )}
        <span className="absolute top-0 right-0 flex rounded-sm bg-panel opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
          {json !== undefined && typeof value === 'string' && <IconButton label={asTree ? 'Show as text' : 'Show as a tree'} icon={<Braces />} onClick={() => setAsTree(!asTree)} className="[&_svg]:size-3.5" />}
          {href !== undefined && <IconButton label={`Find traces with this ${name}`} icon={<Search />} onClick={() => navigate(href)} className="[&_svg]:size-3.5" />}
          <CopyButton text={text} label={`Copy ${name}`} />
        </span>
      </td>
    </tr>
  );
}

/** A value of megabytes does not stop the page; all of it is one press away. */
const MOST_SHOWN = 2000;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function droppedText(dropped: number | undefined): string {
  return dropped === undefined || dropped === 0 ? '' : ` ${dropped} more were dropped by the program’s own limits.`;
}
