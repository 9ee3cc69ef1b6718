import { CopyButton } from '#components/ui/copy-button.tsx';
import type { ObjectRef } from '#server/config/schemas.ts';

/** The same from a terminal: what this page does is nothing special. */
export function CommandsPanel({ refOf }: { readonly refOf: ObjectRef | undefined }) {
  const resource = refOf === undefined ? '' : `${refOf.plural}${refOf.group === '' ? '' : `.${refOf.group}`}`;
  const place = refOf?.namespace === undefined ? '' : ` -n ${refOf.namespace}`;
  const commands = [...(refOf === undefined ? [] : [`kubectl --kubeconfig .binnacle/kubeconfig get ${resource} ${refOf.name}${place} -o yaml`, `npm run mesh -- get ${refOf.plural} ${refOf.name}${place}`]), 'npm run mesh -- apply -f object.yaml', 'kubectl --kubeconfig .binnacle/kubeconfig apply -f object.yaml'];
  return (
    <details>
      <summary className="w-fit rounded-sm text-label text-fg-secondary hover:text-fg">From a terminal</summary>
      <ul className="mt-1.5 flex flex-col gap-1">
        {commands.map((command) => (
          <li key={command} className="flex items-start gap-1 rounded-control bg-sunken pl-2">
            <code className="min-w-0 flex-1 py-1.5 font-mono text-label break-words">
              {command}
            </code>
            <CopyButton text={command} label="Copy command" />
          </li>
        ))}
      </ul>
    </details>
  );
}
