'use client';

import { CircleHelp } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Popover } from '#components/ui/popover.tsx';

const LANGUAGE: readonly (readonly [query: string, says: string])[] = [
  ['{ }', 'every trace'],
  ['{ resource.service.name = "catalog.shop" && status = error }', 'one span is both'],
  ['{ name =~ "GET /stock.*" && duration > 100ms }', 'regular expression over the whole name; at least so slow'],
  ['{ span.http.status_code != nil && .region = nil }', 'has the one attribute, not the other'],
  ['{ .service.name = "cart.shop" } && { status = error }', 'a trace with a span of each kind'],
  ['{ kind = server } >> { status = error }', 'below: > child, >> anywhere under, ~ sibling'],
  ['{ name = "SELECT" } | count() > 20', 'traces with more than 20 such spans; also avg, min, max, sum'],
  ['{ status = error } | by(resource.service.name)', 'matching spans in groups'],
  ['{ } | select(span.http.url, span.http.method)', 'these attributes beside each span'],
  ['{ kind = server } | quantile_over_time(duration, .5, .99) by(name)', 'a chart; also rate, count_over_time, histogram_over_time'],
  ['{ kind = server } | compare({ status = error })', 'what tells failed spans from the rest'],
];

/** The query language in a few lines; a press on one runs it. */
export function QueryHelp({ onTake }: { readonly onTake: (q: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover label="TraceQL by example" align="end" open={open} onOpenChange={setOpen} className="w-[min(640px,calc(100vw-32px))] p-0" trigger={<IconButton label="How to write a query" icon={<CircleHelp />} />}>
      <div className="border-b border-line px-3 py-2">
        <h2 className="text-body font-semibold">TraceQL by example</h2>
        <p className="text-label text-fg-secondary">A trace matches when ONE span meets everything between the braces. Press a line to search for it.</p>
      </div>
      <ul className="p-1">
        {LANGUAGE.map(([query, says]) => (
          <li key={query}>
            <button
              type="button"
              onClick={() => {
                setOpen(false);
                onTake(query);
              }}
              className="focus-inset flex w-full flex-col rounded-control px-2 py-1 text-left hover:bg-hover"
            >
              <code className="font-mono text-label break-words">{query}</code>
              <span className="text-label text-fg-tertiary">{says}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="border-t border-line px-3 py-2 text-label text-fg-tertiary">
        Fields: <code className="font-mono">span.</code> <code className="font-mono">resource.</code> <code className="font-mono">event.</code> <code className="font-mono">link.</code> <code className="font-mono">instrumentation.</code> or <code className="font-mono">.key</code> for span or resource; name, duration, status, kind, rootName, rootServiceName, traceDuration. Operators: = != &lt; &lt;= &gt; &gt;= =~ !~. Ctrl+Space completes.
      </p>
    </Popover>
  );
}
