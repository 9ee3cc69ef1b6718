'use client';

import { Download, GitCompare, Search } from 'lucide-react';
import { paths, withParams } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { Menu } from '#components/ui/menu.tsx';
import { conditionText, queryHref } from './details/span-links.ts';
import { serviceName, spanName, type TraceModel } from './model/trace-model.ts';

/** What can be done with the whole trace. */
export function TraceMenu({ model }: { readonly model: TraceModel }) {
  const { traceId } = model.columns;
  const root = model.roots[0] ?? 0;
  const similar = [conditionText({ kind: 'intrinsic', name: 'trace:rootService' }, serviceName(model, root)), conditionText({ kind: 'intrinsic', name: 'trace:rootName' }, spanName(model.columns, root))].filter((text) => text !== undefined);
  const save = (format?: string): void => {
    const link = document.createElement('a');
    link.href = withParams(`/api/traces/${encodeURIComponent(traceId)}/otlp`, { format });
    link.download = '';
    link.click();
  };
  return (
    <>
      <AppLink href={queryHref(`{ ${similar.join(' && ')} }`, undefined)} className={buttonClass('ghost')}>
        <Search aria-hidden />
        <span className="max-lg:hidden">Find similar</span>
      </AppLink>
      <AppLink href={withParams(paths.traceCompare(), { a: traceId })} className={buttonClass('ghost')}>
        <GitCompare aria-hidden />
        <span className="max-lg:hidden">Compare with…</span>
      </AppLink>
      <Menu
        trigger={<Button icon={<Download />}>Export</Button>}
        entries={[
          { kind: 'heading', label: 'As it was received' },
          { kind: 'action', label: 'OTLP JSON', onSelect: () => save() },
          { kind: 'action', label: 'OTLP JSON lines', onSelect: () => save('jsonl') },
          { kind: 'action', label: 'OTLP protobuf', onSelect: () => save('protobuf') },
          { kind: 'heading', label: 'For other tools' },
          { kind: 'action', label: 'Jaeger JSON', onSelect: () => save('jaeger') },
        ]}
      />
    </>
  );
}
