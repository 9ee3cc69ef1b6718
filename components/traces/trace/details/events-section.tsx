import { formatNumber } from '#components/charts/format-number.ts';
import type { SpanDetails } from '#server/traces/view/schemas.ts';
import { AttributeTable } from './attribute-table.tsx';
import { Section } from './section.tsx';

/** What happened during a span: on a line of its time, then one by one. */
export function EventsSection({ span, durationNano, range }: { readonly span: SpanDetails; readonly durationNano: number; readonly range: { readonly from: string; readonly to: string } }) {
  if (span.events.length === 0 && (span.droppedEventsCount ?? 0) === 0) return null;
  const start = BigInt(span.startUnixNano);
  const events = span.events.map((event, index) => ({ ...event, index, at: Number(BigInt(event.timeUnixNano) - start) })).toSorted((a, b) => a.at - b.at);
  return (
    <Section title={`Events (${events.length})`} note={(span.droppedEventsCount ?? 0) > 0 ? `${span.droppedEventsCount} dropped by the program` : undefined}>
      <div className="relative mb-2 h-3" role="img" aria-label={`${events.length} events over ${formatNumber(durationNano / 1e6, 'ms')}`}>
        <span className="absolute inset-x-0 top-1.5 h-px bg-line-strong" />
        {events.slice(0, 200).map(({ index, at, name }) => (
          <span key={index} title={`${name} +${formatNumber(at / 1e6, 'ms')}`} className="absolute top-0 h-3 w-0.5 bg-fg" style={{ left: `${Math.min(99.5, Math.max(0, durationNano === 0 ? 0 : (at / durationNano) * 100))}%` }} />
        ))}
      </div>
      {events.map(({ index, name, at, attributes, droppedAttributesCount }) => (
        <details key={index} open={events.length <= 5} className="border-t border-line-subtle py-1">
          <summary className="cursor-pointer text-label font-medium marker:text-fg-tertiary">
            {name === '' ? '(no name)' : name} <span className="font-normal text-fg-tertiary tabular-nums">{`+${formatNumber(at / 1e6, 'ms')}`}</span>
          </summary>
          <AttributeTable attributes={attributes} label={`attributes of ${name}`} types={span.valueTypes} pointer={`/events/${index}/attributes`} dropped={droppedAttributesCount} search={{ scope: 'event', range }} />
        </details>
      ))}
    </Section>
  );
}
