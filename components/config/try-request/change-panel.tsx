'use client';

import { useMemo } from 'react';
import { YamlEditor } from '#components/code/yaml-editor.tsx';
import { useKnownNames } from '../editor/use-known-names.ts';
import { yamlCompletion } from '../editor/yaml-completion.ts';
import { Panel } from '#components/ui/panel.tsx';
import { Switch } from '#components/ui/switch.tsx';

export interface ChangePanelProps {
  readonly on: boolean;
  readonly onToggle: (on: boolean) => void;
  readonly yaml: string;
  readonly onEdit: (yaml: string) => void;
}

/** What if: objects that are not written, with which the request is tried as well. */
export function ChangePanel({ on, onToggle, yaml, onEdit }: ChangePanelProps) {
  const names = useKnownNames();
  const completion = useMemo(() => yamlCompletion(names), [names]);
  return (
    <Panel flush>
      <div className="flex flex-col gap-1 px-3 py-2">
        <Switch checked={on} onCheckedChange={onToggle} label="Try with a change" />
        <p className="text-label text-fg-tertiary">YAML of objects as they would be. Nothing is written.</p>
      </div>
      {on && (
        <div className="h-64 border-t border-line">
          <YamlEditor label="YAML of the change" value={yaml} onChange={onEdit} completion={completion} />
        </div>
      )}
    </Panel>
  );
}
