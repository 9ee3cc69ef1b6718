import { serviceName, type TraceModel } from '../model/trace-model.ts';

/** A service with its colour in this trace. */
export function ServiceMark({ model, row }: { readonly model: TraceModel; readonly row: number }) {
  return <ColourMark color={model.services[model.serviceOf[row] ?? 0]?.color} text={serviceName(model, row)} />;
}

/** A name with a colour before it. */
export function ColourMark({ color, text }: { readonly color: string | undefined; readonly text: string }) {
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-1.5">
      <span className="size-2 shrink-0 rounded-sm" style={{ background: color ?? 'var(--series-12)' }} aria-hidden />
      <span className="truncate">{text}</span>
    </span>
  );
}
