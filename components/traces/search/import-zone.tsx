'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import { paths } from '#components/api/paths.ts';
import { toApiError } from '#components/api/api-error.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import type { ImportTracesResponse } from '#server/traces/import/schemas.ts';
import { importTraces } from './transfer.ts';

interface Imported {
  readonly file: string;
  readonly answer?: ImportTracesResponse;
  readonly error?: ReturnType<typeof toApiError>;
}

/** Takes files that are dropped anywhere on the page, or chosen with its button, and says what became of each. */
export function useImport(): { readonly button: ReactNode; readonly dropProps: { readonly onDragOver: (event: DragEvent) => void; readonly onDragLeave: (event: DragEvent) => void; readonly onDrop: (event: DragEvent) => void }; readonly overlay: ReactNode } {
  const cache = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [pending, setPending] = useState(false);
  const [imported, setImported] = useState<readonly Imported[]>([]);
  const take = async (files: readonly File[]): Promise<void> => {
    if (files.length === 0) return;
    setPending(true);
    const results: Imported[] = [];
    for (const file of files) {
      // One after another: a file may be large, and the order is the one they are told in.
      results.push(await importTraces(file).then((answer): Imported => ({ file: file.name, answer }), (error: unknown): Imported => ({ file: file.name, error: toApiError(error) })));
    }
    setPending(false);
    setImported(results);
    await cache.invalidateQueries({ queryKey: ['traces'] });
  };
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');
  return {
    button: (
      <>
        <Button variant="ghost" icon={<Upload />} pending={pending} onClick={() => input.current?.click()} title="Jaeger JSON, OTLP JSON or JSON lines, Zipkin: or drop files on the page">
          <span className="max-md:hidden">Import</span>
        </Button>
        <input
          ref={input}
          type="file"
          multiple
          accept=".json,.jsonl,.ndjson,.gz,application/json"
          aria-label="Files of traces"
          tabIndex={-1}
          className="hidden"
          onChange={(event) => {
            void take([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </>
    ),
    dropProps: {
      onDragOver: (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (event) => {
        if (event.currentTarget === event.target || !(event.relatedTarget instanceof Node) || !event.currentTarget.contains(event.relatedTarget)) setOver(false);
      },
      onDrop: (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        void take([...event.dataTransfer.files]);
      },
    },
    overlay: (
      <>
        {over && (
          <div className="pointer-events-none absolute inset-2 z-40 flex items-center justify-center rounded-panel border-2 border-dashed border-accent bg-overlay/90 text-section font-medium" aria-hidden>
            Drop traces here: Jaeger JSON, OTLP JSON or JSON lines, Zipkin
          </div>
        )}
        <Dialog open={imported.length > 0} onOpenChange={(open) => !open && setImported([])} title="Imported">
          <ul className="flex flex-col gap-3">
            {imported.map((one) => (
              <ImportedFile key={one.file} {...one} onLeave={() => setImported([])} />
            ))}
          </ul>
        </Dialog>
      </>
    ),
  };
}

const LINKS = 8;

function ImportedFile({ file, answer, error, onLeave }: Imported & { readonly onLeave: () => void }) {
  return (
    <li className="flex flex-col gap-1">
      <p className="flex items-center gap-1.5 text-body font-medium">
        <StatusGlyph status={error !== undefined ? 'failing' : (answer?.skipped.length ?? 0) > 0 ? 'degraded' : 'healthy'} />
        {file}
      </p>
      {error !== undefined && (
        <p role="alert" className="text-label text-fg-secondary">
          {error.message} {error.hint} {error.causes.map(({ message, line }) => `${line === undefined ? '' : `Line ${line}: `}${message}`).join(' ')}
        </p>
      )}
      {answer !== undefined && (
        <>
          <p className="text-label text-fg-secondary">
            {answer.spans} {answer.spans === 1 ? 'span' : 'spans'} of {answer.traceIds.length} {answer.traceIds.length === 1 ? 'trace' : 'traces'} stored.
          </p>
          {answer.skipped.map(({ reason, count }) => (
            <p key={reason} className="text-label text-fg-secondary">
              {count} left out: {reason}
            </p>
          ))}
          <ul className="flex flex-wrap gap-x-3">
            {answer.traceIds.slice(0, LINKS).map((id) => (
              <li key={id}>
                <AppLink href={paths.trace(id)} onClick={onLeave} className="font-mono text-label text-accent hover:underline">
                  {id}
                </AppLink>
              </li>
            ))}
            {answer.traceIds.length > LINKS && <li className="text-label text-fg-tertiary">and {answer.traceIds.length - LINKS} more</li>}
          </ul>
        </>
      )}
    </li>
  );
}
