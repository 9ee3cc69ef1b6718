'use client';

import { Plus } from 'lucide-react';
import { Button } from '#components/ui/button.tsx';
import type { PointedPart } from './explain-view.tsx';
import { letterOf, MAX_QUERIES } from './query-rows.ts';
import { QueryRowEditor } from './query-row.tsx';
import type { Answer } from './use-answers.ts';
import type { DraftRow, ExploreRows } from './use-explore-state.ts';

export interface QueryListProps {
  readonly rows: ExploreRows;
  readonly answers: readonly Answer[];
  readonly pointed: PointedPart | undefined;
  readonly endSeconds: number;
  readonly run: (change?: (rows: readonly DraftRow[]) => readonly DraftRow[]) => void;
  /** The row that was last worked in. */
  readonly onFocusRow: (id: number) => void;
}

/** The queries below each other, and a button for one more. */
export function QueryList({ rows: { drafts, ran, edit, newRow }, answers, pointed, endSeconds, run, onFocusRow }: QueryListProps) {
  return (
    <div className="flex flex-col gap-1">
      {drafts.map((row, index) => (
        <QueryRowEditor
          key={row.id}
          row={row}
          letter={letterOf(index)}
          ran={ran[index]}
          answer={answers.find(({ query }) => query.index === index)}
          first={index === 0}
          last={index === drafts.length - 1}
          pointed={pointed?.index === index ? pointed : undefined}
          endSeconds={endSeconds}
          actions={{
            edit: (change) => edit(row.id, change),
            run: () => run(),
            duplicate: () => run((all) => all.flatMap((each) => (each.id === row.id ? [each, newRow({ expr: each.expr, legend: each.legend })] : [each]))),
            remove: () => run((all) => all.filter((each) => each.id !== row.id)),
            move: (by) => run((all) => moved(all, index, by)),
            toggle: () => run((all) => all.map((each) => (each.id === row.id ? { ...each, disabled: !each.disabled } : each))),
            focused: () => onFocusRow(row.id),
          }}
        />
      ))}
      <div className="pl-10">
        <Button variant="ghost" icon={<Plus />} disabled={drafts.length >= MAX_QUERIES} onClick={() => run((all) => [...all, newRow()])}>
          Add a query
        </Button>
      </div>
    </div>
  );
}

function moved(rows: readonly DraftRow[], index: number, by: -1 | 1): readonly DraftRow[] {
  const [here, there] = [rows[index], rows[index + by]];
  return here === undefined || there === undefined ? rows : rows.with(index, there).with(index + by, here);
}
