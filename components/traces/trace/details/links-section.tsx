'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import type { SpanDetails } from '#server/traces/view/schemas.ts';
import { spanKey, serviceName, spanName, type TraceModel } from '../model/trace-model.ts';
import { linkedFromQuery } from '../queries.ts';
import { AttributeTable } from './attribute-table.tsx';
import { Section } from './section.tsx';

export interface LinksSectionProps {
  readonly model: TraceModel;
  readonly span: SpanDetails;
  readonly range: { readonly from: string; readonly to: string };
  readonly onSelect: (row: number) => void;
}

/** Links both ways: what this span points at, and what points at it, in this trace and in others. */
export function LinksSection({ model, span, range, onSelect }: LinksSectionProps) {
  const others = useQuery(linkedFromQuery(span.spanId, range));
  const foreign = (others.data?.traces ?? []).filter((trace) => trace.traceId !== model.columns.traceId);
  return (
    <>
      {span.links.length > 0 && (
        <Section title={`Links to (${span.links.length})`} note={(span.droppedLinksCount ?? 0) > 0 ? `${span.droppedLinksCount} dropped` : undefined}>
          <ul className="flex flex-col gap-1">
            {span.links.map((link, index) => (
              <li key={index}>
                {link.row === undefined ? (
                  <AppLink href={`${paths.trace(link.traceId)}?span=${link.spanId}`} className="font-mono text-label text-accent hover:underline">
                    {`trace ${link.traceId.slice(0, 12)}… · span ${link.spanId}`}
                  </AppLink>
                ) : (
                  <RowButton model={model} row={link.row} onSelect={onSelect} />
                )}
                {Object.keys(link.attributes).length > 0 && <AttributeTable attributes={link.attributes} label={`attributes of link ${index + 1}`} types={span.valueTypes} pointer={`/links/${index}/attributes`} dropped={link.droppedAttributesCount} search={{ scope: 'link', range }} />}
              </li>
            ))}
          </ul>
        </Section>
      )}
      {span.linkedFrom.length + foreign.length > 0 && (
        <Section title={`Linked from (${span.linkedFrom.length + foreign.length})`}>
          <ul className="flex flex-col gap-1">
            {span.linkedFrom.map((row) => (
              <li key={row}>
                <RowButton model={model} row={row} onSelect={onSelect} />
              </li>
            ))}
            {foreign.map((trace) => (
              <li key={trace.traceId}>
                <AppLink href={`${paths.trace(trace.traceId)}?span=${trace.spanSets[0]?.spans[0]?.spanId ?? ''}`} className="text-label text-accent hover:underline">
                  {`${trace.rootService} ${trace.rootName} · trace ${trace.traceId.slice(0, 7)}`}
                </AppLink>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function RowButton({ model, row, onSelect }: { readonly model: TraceModel; readonly row: number; readonly onSelect: (row: number) => void }) {
  return (
    <button type="button" className="text-left text-label text-accent hover:underline" onClick={() => onSelect(row)} title={spanKey(model.columns, row)}>
      {`${serviceName(model, row)} ${spanName(model.columns, row)}`}
    </button>
  );
}
