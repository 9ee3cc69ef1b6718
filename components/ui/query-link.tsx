'use client';

import { Code2 } from 'lucide-react';
import { CopyButton } from './copy-button.tsx';
import { IconButton } from './icon-button.tsx';
import { Popover } from './popover.tsx';
import { urlOf } from '#components/api/http-client.ts';

export interface QueryLinkProps {
  /** PromQL. */
  readonly query: string;
  /** Unix seconds; default: the server's now. */
  readonly time?: number;
}

/** "Where does this number come from": the PromQL, to copy or to open as JSON. */
export function QueryLink({ query, time }: QueryLinkProps) {
  return (
    <Popover label="Query" align="end" trigger={<IconButton label="Show the query" icon={<Code2 />} className="[&_svg]:size-3.5" />} className="w-[420px] p-3">
      <div className="flex items-center justify-between gap-2">
        <span className="text-label font-medium text-fg-secondary">PromQL</span>
        <span className="flex items-center">
          <CopyButton text={query} label="Copy query" />
        </span>
      </div>
      <pre className="mt-1 max-h-60 overflow-auto rounded-control bg-sunken p-2 font-mono text-label whitespace-pre-wrap">{query}</pre>
      <a href={urlOf('/prometheus/api/v1/query', { query, time })} target="_blank" rel="noreferrer" className="mt-2 inline-block text-label text-accent hover:underline">
        Open the answer as JSON
      </a>
    </Popover>
  );
}
