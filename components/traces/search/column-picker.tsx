'use client';

import { useQuery } from '@tanstack/react-query';
import { Columns3, X } from 'lucide-react';
import { Button } from '#components/ui/button.tsx';
import { Combobox } from '#components/ui/combobox.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { attributesQuery } from './queries.ts';
import { catalogueTexts } from './query-text.ts';

/** Attributes as columns of the results, out of all that spans have. */
export function ColumnPicker({ columns, onChange }: { readonly columns: readonly string[]; readonly onChange: (columns: readonly string[]) => void }) {
  const catalogue = useQuery(attributesQuery);
  const options = catalogueTexts(catalogue.data?.attributes ?? []).filter(({ text }) => !columns.includes(text));
  return (
    <Popover
      label="Columns"
      align="end"
      className="flex w-72 flex-col gap-2 p-3"
      trigger={
        <Button variant="ghost" icon={<Columns3 />}>
          <span className="max-md:sr-only">Columns</span>
          {columns.length > 0 && <span className="text-fg-tertiary tabular-nums">{columns.length}</span>}
        </Button>
      }
    >
      <Combobox label="Add a column" placeholder="Add an attribute" value={null} options={options.map(({ text, types }) => ({ value: text, label: text, note: types }))} onValueChange={(text) => text !== null && onChange([...columns, text])} className="w-full" />
      <p className="text-label text-fg-tertiary">{columns.length === 0 ? 'A column shows the values of a trace’s matching spans.' : 'Values of the matching spans, each once.'}</p>
      <ul>
        {columns.map((column) => (
          <li key={column} className="flex items-center gap-1">
            <span className="min-w-0 flex-1 truncate font-mono text-label" title={column}>
              {column}
            </span>
            <IconButton label={`Remove the column ${column}`} icon={<X />} onClick={() => onChange(columns.filter((one) => one !== column))} className="size-6 [&_svg]:size-3" />
          </li>
        ))}
      </ul>
    </Popover>
  );
}
