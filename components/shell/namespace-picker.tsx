'use client';

import { Combobox as Base } from '@base-ui/react/combobox';
import { Check, ChevronDown, Layers } from 'lucide-react';
import { toApiError } from '#components/api/api-error.ts';
import { Button } from '#components/ui/button.tsx';
import { cx } from '#components/ui/class-names.ts';
import { Input } from '#components/ui/input.tsx';
import { itemClass, popupClass } from '#components/ui/popup-class.ts';
import { useNamespaceNames, useNamespaces } from './use-namespaces.ts';

/** Which namespaces the page looks at; none chosen means all. */
export function NamespacePicker() {
  const { selected, select } = useNamespaces();
  const { data: names = [], error } = useNamespaceNames();
  // A shared link may name a namespace that is gone: it stays visible and removable.
  const items = [...new Set([...names, ...selected])].sort();
  const label = selected.length === 0 ? 'All namespaces' : selected.length === 1 ? (selected[0] ?? '') : `${selected.length} namespaces`;
  return (
    <Base.Root items={items} multiple value={[...selected]} onValueChange={(next) => select(next)}>
      <Base.Trigger render={<Button variant="ghost" icon={<Layers />} aria-label={`Namespaces: ${label}`} />}>
        <span className="max-w-40 truncate max-lg:max-w-24">{label}</span>
        <ChevronDown className="text-fg-tertiary" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={4} className="z-50">
          <Base.Popup aria-label="Namespaces" className={cx(popupClass, 'w-64')}>
            <div className="border-b border-line p-1.5">
              <Base.Input render={<Input />} placeholder="Filter namespaces" aria-label="Filter namespaces" />
            </div>
            {error !== null && <p className="px-3 py-2 text-label text-fg-secondary">{toApiError(error).message}</p>}
            <Base.Empty className="px-3 py-2 text-label text-fg-tertiary empty:hidden">No namespace of that name.</Base.Empty>
            <Base.List className="max-h-72 overflow-y-auto p-1 empty:p-0">
              {(name: string) => (
                <Base.Item key={name} value={name} className={itemClass}>
                  <span className="flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-control in-data-[selected]:border-transparent in-data-[selected]:bg-primary">
                    <Base.ItemIndicator className="text-on-primary">
                      <Check className="size-3" strokeWidth={3} />
                    </Base.ItemIndicator>
                  </span>
                  <span className="truncate">{name}</span>
                </Base.Item>
              )}
            </Base.List>
            <div className="flex items-center justify-between border-t border-line px-2 py-1.5 text-label text-fg-tertiary">
              <span>{selected.length === 0 ? 'Showing all' : `${selected.length} of ${items.length}`}</span>
              <Button variant="ghost" onClick={() => select([])} disabled={selected.length === 0}>
                Show all
              </Button>
            </div>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
