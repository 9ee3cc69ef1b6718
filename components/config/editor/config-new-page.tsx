'use client';

import { parseAsString, useQueryState } from 'nuqs';
import { useState } from 'react';
import { paths } from '#components/api/paths.ts';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { Combobox } from '#components/ui/combobox.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import type { AppliedObject } from '#server/config/schemas.ts';
import { CommandsPanel } from './commands-panel.tsx';
import { kindLabel, kindWords } from '../kind-label.ts';
import { ManifestEditor } from './manifest-editor.tsx';
import { templateOf, WRITABLE_KINDS } from './templates.ts';

/** A new object, or several in one text, from a template of the kind in the URL. */
export function ConfigNewPage() {
  const [kind, setKind] = useQueryState('kind', parseAsString.withDefault('VirtualService'));
  const { selected } = useNamespaces();
  const template = templateOf(kind, selected[0] ?? 'shop');
  const [typed, setTyped] = useState<string>();
  const [applied, setApplied] = useState<{ readonly objects: readonly AppliedObject[]; readonly title?: string }>();
  const text = typed ?? template;
  return (
    <Page
      crumbs={[{ label: 'Config', href: paths.config() }, { label: 'New' }]}
      actions={
        <Combobox
          label="Template"
          value={kind}
          onValueChange={(next) => {
            setTyped(undefined);
            void setKind(next);
          }}
          options={WRITABLE_KINDS.map((entry) => ({ value: entry.kind, label: kindWords(entry.kind), note: entry.use }))}
          className="w-48"
        />
      }
      time={false}
      fill
    >
      <ManifestEditor
        label="YAML of the new objects"
        value={text}
        onChange={setTyped}
        idle="A template: change it to review and write it"
        dirty={typed !== undefined && typed !== template}
        onReset={() => setTyped(undefined)}
        resourceVersions={{}}
        applied={applied}
        onApplied={({ applied: objects }) => {
          setApplied({ objects });
          setTyped(undefined);
        }}
        onConflict={() => undefined}
        onUndone={(written) => setApplied({ objects: written, title: 'Undone' })}
        onDismiss={() => setApplied(undefined)}
      >
        {applied !== undefined && applied.objects.length > 0 && (
          <ul className="text-label">
            {applied.objects.map(({ ref }) => (
              <li key={`${ref.group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`}>
                <AppLink href={paths.configObject(ref)} className="text-accent hover:underline">
                  Open {kindLabel(ref)} {ref.name}
                </AppLink>
              </li>
            ))}
          </ul>
        )}
        <p className="text-label text-fg-secondary">Several objects may stand in one text, with a line of <code className="font-mono">---</code> between. Ctrl+Space completes, Ctrl+S reviews.</p>
        <CommandsPanel refOf={undefined} />
      </ManifestEditor>
    </Page>
  );
}
