'use client';

import { Code2 } from 'lucide-react';
import { CopyButton } from './copy-button.tsx';
import { IconButton } from './icon-button.tsx';
import { Popover } from './popover.tsx';
import { urlOf } from '#components/api/http-client.ts';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';

export interface QueryLinkProps {
  /** PromQL; several when more than one makes the picture. */
  readonly query: string | readonly string[];
  /** Unix seconds; default: the server's now. */
  readonly time?: number;
}

/** "Where does this number come from": the PromQL, to copy, to go on with in Explore, or to open as JSON. */
export function QueryLink({ query, time }: QueryLinkProps) {
  const queries = typeof query === 'string' ? [query] : query;
  const text = queries.join('\n');
  return (
    <Popover label="Query" align="end" trigger={<IconButton label="Show the query" icon={<Code2 />} className="[&_svg]:size-3.5" />} className="w-[420px] p-3">
      <div className="flex items-center justify-between gap-2">
        <span className="text-label font-medium text-fg-secondary">PromQL</span>
        <span className="flex items-center">
          <CopyButton text={text} label="Copy query" />
        </span>
      </div>
      <pre className="mt-1 max-h-60 overflow-auto rounded-control bg-sunken p-2 font-mono text-label whitespace-pre-wrap">{text}</pre>
      <div className="mt-2 flex gap-4 text-label">
        <AppLink href={paths.explore(queries)} className="text-accent hover:underline">
          Open in Explore
        </AppLink>
        {queries.length === 1 && (
          <a href={urlOf('/prometheus/api/v1/query', { query: text, time })} target="_blank" rel="noreferrer" className="text-accent hover:underline">
            Open the answer as JSON
          </a>
        )}
      </div>
    </Popover>
  );
}
