'use client';

import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Copy, Ellipsis, Eye, EyeOff, Trash2, WandSparkles } from 'lucide-react';
import { useId, useMemo, type ReactNode } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Menu } from '#components/ui/menu.tsx';
import { Spinner } from '#components/ui/spinner.tsx';
import { showToast } from '#components/ui/toast.tsx';
import type { EditorMark } from './editor-marks.ts';
import { errorPlace, errorText } from './error-place.ts';
import { PromqlEditor } from './promql-editor.tsx';
import { canFormatQuery, formatQuery } from './queries.ts';
import type { QueryRow } from './query-rows.ts';
import type { Answer } from './use-answers.ts';
import type { DraftRow } from './use-explore-state.ts';

export interface QueryRowActions {
  readonly edit: (change: Partial<QueryRow>) => void;
  readonly run: () => void;
  readonly duplicate: () => void;
  readonly remove: () => void;
  readonly move: (by: -1 | 1) => void;
  readonly toggle: () => void;
  readonly focused: () => void;
}
export interface QueryRowEditorProps {
  readonly row: DraftRow;
  readonly letter: string;
  /** What was run in this place. */
  readonly ran: QueryRow | undefined;
  readonly answer: Answer | undefined;
  readonly first: boolean;
  readonly last: boolean;
  readonly pointed: { readonly from: number; readonly to: number } | undefined;
  readonly endSeconds: number;
  readonly actions: QueryRowActions;
}

/** One query: its editor, what can be done with it, its legend, and what became of it. */
export function QueryRowEditor({ row, letter, ran, answer, first, last, pointed, endSeconds, actions }: QueryRowEditorProps) {
  const noteId = useId();
  const same = ran?.expr === row.expr;
  const error = same ? answer?.error : undefined;
  const marks = useMemo<readonly EditorMark[]>(() => {
    const place = error === undefined ? undefined : errorPlace(error.message, row.expr);
    return [...(place === undefined ? [] : [{ ...place, kind: 'error' as const }]), ...(pointed === undefined || !same ? [] : [{ ...pointed, kind: 'pointed' as const }])];
  }, [error, row.expr, pointed, same]);
  return (
    <div role="group" aria-label={`Query ${letter}`} onFocus={actions.focused} className="flex min-w-0 items-start gap-2">
      <button
        type="button"
        onClick={actions.toggle}
        aria-pressed={!row.disabled}
        title={row.disabled ? `Query ${letter} is off: press to ask it` : `Query ${letter} is on: press to switch it off`}
        className={cx('mt-px flex size-8 shrink-0 items-center justify-center rounded-control border font-mono text-label font-medium', row.disabled ? 'border-dashed border-line-strong text-fg-tertiary line-through' : 'border-line bg-sunken text-fg')}
      >
        <span className="sr-only">Query </span>
        {letter}
      </button>
      <div className="min-w-0 flex-1">
        <div className={cx('flex min-w-0 items-start rounded-control border bg-panel focus-within:border-accent focus-within:outline focus-within:outline-accent', error === undefined ? 'border-line-control' : 'border-failing', row.disabled && 'opacity-60')}>
          <PromqlEditor value={row.expr} onChange={(expr) => actions.edit({ expr })} onRun={actions.run} marks={marks} invalid={error !== undefined} describedBy={noteId} label={`PromQL of query ${letter}`} endSeconds={endSeconds} autoFocus={first && row.expr === ''} />
          <RowButtons row={row} letter={letter} first={first} last={last} actions={actions} />
        </div>
        <div className="flex min-h-7 min-w-0 flex-wrap items-start gap-x-3 pt-1">
          <div id={noteId} className="min-w-0 flex-1 basis-60 text-label" aria-live="polite">
            <RowNote row={row} same={same} answer={answer} />
          </div>
          <label className="flex h-6 items-center gap-1.5 text-label text-fg-tertiary">
            Legend
            <input
              value={row.legend}
              onChange={(event) => actions.edit({ legend: event.target.value })}
              onKeyDown={(event) => event.key === 'Enter' && actions.run()}
              placeholder="{{label}}"
              spellCheck={false}
              className="h-6 w-44 rounded-control border border-line bg-panel px-1.5 font-mono text-label text-fg placeholder:text-fg-tertiary"
            />
          </label>
        </div>
      </div>
    </div>
  );
}

function RowButtons({ row, letter, first, last, actions }: Pick<QueryRowEditorProps, 'row' | 'letter' | 'first' | 'last' | 'actions'>) {
  const canFormat = useQuery(canFormatQuery);
  const format = (): void => {
    void formatQuery(row.expr).then(
      (expr) => actions.edit({ expr }),
      (cause: unknown) => showToast({ title: 'Could not format the query', description: errorText(toApiError(cause).message), status: 'degraded' }),
    );
  };
  return (
    <span className="flex shrink-0 items-center self-start p-px">
      {canFormat.data === true && <IconButton label="Format" icon={<WandSparkles />} onClick={format} disabled={row.expr.trim() === ''} className="size-7 text-fg-tertiary [&_svg]:size-3.5" />}
      <Menu
        trigger={<IconButton label={`More for query ${letter}`} icon={<Ellipsis />} className="size-7 text-fg-tertiary [&_svg]:size-3.5" />}
        entries={[
          { kind: 'action', label: row.disabled ? 'Switch on' : 'Switch off', icon: row.disabled ? <Eye /> : <EyeOff />, onSelect: actions.toggle },
          { kind: 'action', label: 'Duplicate', icon: <Copy />, onSelect: actions.duplicate },
          { kind: 'action', label: 'Move up', icon: <ArrowUp />, onSelect: () => actions.move(-1), disabled: first },
          { kind: 'action', label: 'Move down', icon: <ArrowDown />, onSelect: () => actions.move(1), disabled: last },
          { kind: 'separator' },
          { kind: 'action', label: 'Remove', icon: <Trash2 />, onSelect: actions.remove, danger: true },
        ]}
      />
    </span>
  );
}

/** Error, or how much came and how fast; then everything the engine remarked. */
function RowNote({ row, same, answer }: { readonly row: DraftRow; readonly same: boolean; readonly answer: Answer | undefined }) {
  if (row.disabled) return <Plain>Off: kept, not asked.</Plain>;
  if (row.expr.trim() === '') return null;
  if (!same || answer === undefined) return <Plain>Changed: Enter runs it.</Plain>;
  if (answer.error !== undefined) {
    return (
      <p role="alert" className="flex items-start gap-1.5 py-0.5">
        <StatusGlyph status="failing" size={12} />
        <span className="min-w-0 break-words">
          <span className="font-mono">{errorText(answer.error.message)}</span>
          {answer.error.hint !== undefined && <span className="text-fg-secondary"> {answer.error.hint}</span>}
        </span>
      </p>
    );
  }
  if (answer.result === undefined) {
    return (
      <Plain>
        <Spinner /> Asking …
      </Plain>
    );
  }
  const { series, warnings, infos, elapsedMs } = answer.result;
  const samples = series.reduce((sum, { points, histograms }) => sum + points.length + histograms.length, 0);
  return (
    <>
      <Plain>
        <span>
          {formatNumber(series.length, 'count')} series, {formatNumber(samples, 'count')} {samples === 1 ? 'sample' : 'samples'} in {formatNumber(elapsedMs, 'ms')}
        </span>
      </Plain>
      {warnings.map((text) => (
        <Remark key={text} status="degraded" text={text} />
      ))}
      {infos.map((text) => (
        <Remark key={text} status="progressing" text={text} />
      ))}
    </>
  );
}

function Plain({ children }: { readonly children: ReactNode }) {
  return <p className="flex items-center gap-1.5 py-1 text-fg-tertiary tabular-nums">{children}</p>;
}

function Remark({ status, text }: { readonly status: 'degraded' | 'progressing'; readonly text: string }) {
  return (
    <p className="flex items-start gap-1.5 py-0.5 text-fg-secondary">
      <StatusGlyph status={status} size={12} label={status === 'degraded' ? 'Warning' : 'Note'} />
      <span className="min-w-0 break-words">{text.replace(/^PromQL (?:info|warning): /, '')}</span>
    </p>
  );
}
