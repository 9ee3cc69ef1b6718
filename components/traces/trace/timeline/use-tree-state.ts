import { useMemo, useState } from 'react';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { carryMarks } from '../rows/choose-rows.ts';
import { differing, keysOfMarks, marksOfBase, marksOfKeys, type TreeMarks, type TreeTargets } from '../rows/tree-marks.ts';
import { formatTree, MOST_KEYS, parseTree, USUAL_TREE, type TreeBase, type TreeShape } from '../rows/tree-shape.ts';

/** What was opened and closed by hand, by row, and what the URL says of it: as much as is short. */
interface Changes {
  readonly columns: TraceColumns;
  readonly text: string;
  readonly base: TreeBase;
  readonly spans: Uint8Array;
  readonly folds: Uint8Array;
}

export interface TreeState extends TreeMarks {
  readonly base: TreeBase;
  /** Another base, with nothing changed by hand unless marks are given too; or other marks alone. */
  readonly set: (next: Partial<TreeMarks> & { readonly base?: TreeBase }) => void;
}

/**
 * What of the tree is closed and which folds are open. The URL says the base and, while they are few, the spans and folds that
 * were opened and closed by hand; many are known to this page alone. Rows of a trace that grows keep their marks by span id.
 */
export function useTreeState(columns: TraceColumns, targets: TreeTargets, shape: TreeShape | null, onShape: (shape: TreeShape | null) => void): TreeState {
  const text = formatTree(shape ?? USUAL_TREE);
  const [own, setOwn] = useState<Changes>();
  const changes = useMemo((): Changes => {
    if (own?.text === text) return own.columns === columns ? own : { ...own, columns, spans: carryMarks(own.columns, columns, own.spans), folds: carryMarks(own.columns, columns, own.folds) };
    const said = parseTree(text) ?? USUAL_TREE;
    return { columns, text, base: said.base, spans: marksOfKeys(columns, said.spans), folds: marksOfKeys(columns, said.folds) };
  }, [own, columns, text]);
  const base = useMemo(() => marksOfBase(columns, changes.base, targets), [columns, changes.base, targets]);
  const collapsed = useMemo(() => differing(base.collapsed, changes.spans), [base, changes]);
  const opened = useMemo(() => differing(base.opened, changes.folds), [base, changes]);
  return {
    base: changes.base,
    collapsed,
    opened,
    set: (next) => {
      const marks = next.base === undefined ? base : marksOfBase(columns, next.base, targets);
      const kept = next.base === undefined ? { collapsed, opened } : marks;
      const spans = differing(next.collapsed ?? kept.collapsed, marks.collapsed);
      const folds = differing(next.opened ?? kept.opened, marks.opened);
      const after: TreeShape = { base: next.base ?? changes.base, spans: keysOfMarks(columns, spans, MOST_KEYS), folds: keysOfMarks(columns, folds, MOST_KEYS) };
      const afterText = formatTree(after);
      setOwn({ columns, text: afterText, base: after.base, spans, folds });
      onShape(afterText === '' ? null : after);
    },
  };
}
