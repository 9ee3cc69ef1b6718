'use client';

import { Dialog } from '#components/ui/dialog.tsx';
import { Kbd } from '#components/ui/kbd.tsx';
import { Switch } from '#components/ui/switch.tsx';
import { NAV_ITEMS } from './nav-items.ts';
import { setPreference, usePreferences } from './preferences.ts';
import { SHORTCUTS } from './use-shortcuts.ts';

/** The keys, and a switch for those without Ctrl. */
export function ShortcutHelp({ open, onOpenChange }: { readonly open: boolean; readonly onOpenChange: (open: boolean) => void }) {
  const { shortcuts } = usePreferences();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard" size="md">
      <div className="grid grid-cols-2 gap-x-8 max-sm:grid-cols-1">
        <KeyList heading="Anywhere" rows={SHORTCUTS} />
        <KeyList heading="Go to" rows={NAV_ITEMS.map((item) => ({ keys: ['g', item.letter], does: item.label }))} />
      </div>
      <div className="mt-3 border-t border-line pt-2">
        <Switch checked={shortcuts === 'on'} onCheckedChange={(on) => setPreference('shortcuts', on ? 'on' : 'off')} label="Shortcuts of single keys" />
      </div>
    </Dialog>
  );
}

function KeyList({ heading, rows }: { readonly heading: string; readonly rows: readonly { readonly keys: readonly string[]; readonly does: string }[] }) {
  return (
    <section>
      <h3 className="pb-1 text-label font-medium text-fg-tertiary">{heading}</h3>
      <dl>
        {rows.map((row) => (
          <div key={row.does} className="flex h-7 items-center justify-between gap-3 border-b border-line-subtle last:border-0">
            <dt>{row.does}</dt>
            <dd className="flex gap-1">
              {row.keys.map((key, index) => (
                <Kbd key={`${index}${key}`}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
