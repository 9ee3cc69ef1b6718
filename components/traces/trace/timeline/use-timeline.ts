import { useQueryStates } from 'nuqs';
import { useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';
import { withAncestors } from '#server/traces/core/child-rows.ts';
import { maskOf } from '#server/traces/core/row-masks.ts';
import type { SiblingFolds } from '#server/traces/core/sibling-folds.ts';
import { lineFor, visibleRows, type RowChoice } from '#server/traces/core/visible-rows.ts';
import type { TraceAnalysis } from '../model/trace-analysis.ts';
import { rowOfKey, spanKey, type TraceModel } from '../model/trace-model.ts';
import { deepestOpen, nextRow, shallowestClosed } from '../rows/choose-rows.ts';
import { foldOfItem, itemAt, lineOfItem } from '../rows/lines.ts';
import { openedTo, type TreeTargets } from '../rows/tree-marks.ts';
import type { TreeBase } from '../rows/tree-shape.ts';
import { traceParsers } from '../trace-params.ts';
import { moveRange, type NanoRange } from './bar-pieces.ts';
import type { SpanListHandle } from './span-list.tsx';
import { useLateRows } from './use-late-rows.ts';
import { useTreeState } from './use-tree-state.ts';

export interface TimelineInput {
  readonly model: TraceModel;
  readonly analysis: TraceAnalysis;
  /** Rows that the find box matched; `undefined` while nothing is searched for. */
  readonly matches: Int32Array | undefined;
  readonly totalNano: number;
  readonly list: RefObject<SpanListHandle | null>;
}

/** Everything the timeline shows and does: which rows, what is open, where the cursor is, what time is seen. */
export function useTimeline({ model, analysis, matches, totalNano, list }: TimelineInput) {
  const { columns } = model;
  const [params, setParams] = useQueryStates(traceParsers, { history: 'replace' });
  const targets = useMemo(
    (): TreeTargets => ({
      matches,
      errors: model.errors,
      // Worked out only where something is collapsed to it.
      get path() {
        return analysis.pathRows;
      },
    }),
    [matches, model, analysis],
  );
  const tree = useTreeState(columns, targets, params.tree, (shape) => void setParams({ tree: shape }));
  const { collapsed, opened } = tree;
  const late = useLateRows(columns);
  const [cursor, setCursor] = useState<number>();
  const pending = useRef<number>(undefined);

  const hopsOn = params.hops ?? model.proxySpans > 0;
  const selected = useMemo(() => rowOfKey(columns, params.span), [columns, params.span]);
  const rootRow = useMemo(() => (params.root === null ? -1 : rowOfKey(columns, params.root)), [columns, params.root]);
  const filtered = params.only !== null || params.slower !== null;
  const foldsOn = params.fold && !filtered;
  const kept = useMemo(() => {
    if (!filtered) return undefined;
    return withAncestors(columns.parent, maskOf(filterTargets({ model, analysis, matches, totalNano, only: params.only, slower: params.slower }), columns.count));
  }, [filtered, columns, model, analysis, matches, totalNano, params.only, params.slower]);
  const lifted = useMemo(() => liftedRows(model, params.hide, hopsOn ? analysis.hopOf : undefined), [model, params.hide, hopsOn, analysis]);
  const folds = foldsOn ? analysis.foldsFor(hopsOn) : undefined;
  const openFolds = useMemo(() => openedFolds(folds, opened), [folds, opened]);
  const choice = useMemo(
    (): RowChoice => ({ collapsed, expanded: openFolds, ...(kept === undefined ? {} : { shown: kept }), ...(lifted === undefined ? {} : { omitted: lifted }), ...(folds === undefined ? {} : { folds }), ...(rootRow === -1 ? {} : { root: rootRow }) }),
    [collapsed, openFolds, kept, lifted, folds, rootRow],
  );
  const rows = useMemo(() => visibleRows(columns, choice), [columns, choice]);
  const matchMarks = useMemo(() => {
    if (matches === undefined) return undefined;
    const marks = new Uint8Array(columns.count);
    for (const row of matches) marks[row] = 1;
    return marks;
  }, [matches, columns]);

  // A row that has to be opened first is shown once it is there.
  useLayoutEffect(() => {
    const row = pending.current;
    if (row === undefined) return;
    pending.current = undefined;
    list.current?.show(lineFor(rows, columns.parent, row));
  }, [columns, rows, list]);

  const placeOfItem = (item: number | undefined): number => lineOfItem(columns, rows, item);
  const choose = (row: number | undefined): void => void setParams({ span: row === undefined ? null : spanKey(columns, row) });
  /** A row of a hop is named after the callee, so its details are what the callee says, if it says anything. */
  const detailsOf = (row: number): number => {
    const hop = hopsOn ? analysis.hopOf.get(row) : undefined;
    return hop?.app ?? hop?.servers.at(-1) ?? row;
  };
  const chooseOrClose = (row: number): void => {
    const hop = hopsOn ? analysis.hopOf.get(row) : undefined;
    const isOpen = row === selected || hop?.absorbed.includes(selected) === true;
    choose(isOpen ? undefined : detailsOf(row));
  };
  const reveal = (row: number): void => {
    const closed = collapsed.slice();
    const open = opened.slice();
    for (let at = row; at >= 0; at = columns.parent[at] ?? -1) {
      if (at !== row) closed[at] = 0;
      const fold = folds?.folds[folds.foldOf[at] ?? -1];
      if (fold !== undefined) open[fold.rows[0] ?? 0] = 1;
    }
    const next = visibleRows(columns, { ...choice, collapsed: closed, expanded: openedFolds(folds, open) });
    setCursor(itemAt(next, lineFor(next, columns.parent, row)));
    pending.current = row;
    tree.set({ collapsed: closed, opened: open });
    if (params.span !== null) choose(row);
  };
  const current = (): number => {
    const item = cursor ?? (selected === -1 ? undefined : selected);
    if (item === undefined || item >= 0) return item ?? -1;
    return folds?.folds[foldOfItem(item)]?.rows[0] ?? -1;
  };
  const step = (among: ArrayLike<number>, by: 1 | -1): void => {
    const row = nextRow(among, current(), by);
    if (row !== undefined) reveal(row);
  };
  const toggle = (item: number): void => {
    const fold = folds?.folds[foldOfItem(item)];
    const [marks, row] = fold === undefined ? [collapsed, item] : [opened, fold.rows[0] ?? 0];
    const next = marks.slice();
    next[row] = marks[row] === 1 ? 0 : 1;
    setCursor(item);
    tree.set(fold === undefined ? { collapsed: next } : { opened: next });
  };
  const moveTo = (place: number): void => {
    const at = Math.max(0, Math.min(rows.count - 1, place));
    const item = itemAt(rows, at);
    setCursor(item);
    list.current?.show(at);
    if (params.span !== null && item !== undefined && item >= 0) choose(detailsOf(item));
  };
  /** Collapses by another rule, and stays where the cursor is. */
  const reshape = (next: Parameters<typeof tree.set>[0]): void => {
    pending.current = current() === -1 ? undefined : current();
    tree.set(next);
  };
  const range: NanoRange = params.range ?? { from: 0, to: totalNano };
  const setRange = (next: NanoRange | undefined): void => {
    const whole = next === undefined || (next.from <= 0 && next.to >= totalNano);
    void setParams({ range: whole ? null : { from: Math.floor(next.from), to: Math.max(Math.floor(next.from) + 1, Math.ceil(next.to)) } });
  };
  return {
    params,
    setParams,
    rows,
    collapsed,
    openFolds,
    late,
    hopsOn,
    folds,
    filtered,
    selected,
    rootRow,
    cursor,
    matchMarks,
    range,
    setRange,
    zoom: (factor: number, at?: number) => setRange(moveRange(range, totalNano, { factor, ...(at === undefined ? {} : { at }) })),
    pan: (shift: number) => setRange(moveRange(range, totalNano, { shift })),
    choose: (item: number) => {
      setCursor(item);
      chooseOrClose(item);
    },
    closeDetails: () => choose(undefined),
    toggle,
    reveal,
    step,
    moveBy: (by: number) => moveTo(placeOfItem(cursor ?? (selected === -1 ? undefined : selected)) + by),
    moveToEnd: (last: boolean) => moveTo(last ? rows.count - 1 : 0),
    /** Opens or closes at the cursor; closing what is closed goes to its parent. */
    openAtCursor: (open: boolean) => {
      const item = itemAt(rows, placeOfItem(cursor ?? selected));
      if (item === undefined) return;
      const fold = foldOfItem(item);
      const isOpen = fold >= 0 ? openFolds.has(fold) : (columns.descendants[item] ?? 0) > 0 && collapsed[item] === 0;
      const canOpen = fold >= 0 || (columns.descendants[item] ?? 0) > 0;
      if (open ? canOpen && !isOpen : isOpen) toggle(item);
      else if (open) moveTo(placeOfItem(item) + 1);
      else {
        const level = rows.depth[placeOfItem(item)] ?? 0;
        for (let place = placeOfItem(item) - 1; place >= 0; place--) {
          if ((rows.depth[place] ?? 0) < level) {
            moveTo(place);
            return;
          }
        }
      }
    },
    enter: () => {
      const item = itemAt(rows, placeOfItem(cursor ?? selected));
      if (item === undefined) return;
      if (item < 0) toggle(item);
      else chooseOrClose(item);
    },
    collapseTo: (base: TreeBase) => reshape({ base }),
    collapseLevel: () => {
      const depth = deepestOpen(columns, collapsed);
      if (depth >= 0) reshape({ base: depth, opened });
    },
    expandLevel: () => {
      const depth = shallowestClosed(columns, collapsed);
      if (depth >= 0) reshape({ base: openedTo(tree.base, depth), opened, collapsed: collapsed.map((mark, row) => ((columns.depth[row] ?? 0) <= depth ? 0 : mark)) });
    },
  };
}
export type TimelineState = ReturnType<typeof useTimeline>;

function filterTargets({ model, analysis, matches, totalNano, only, slower }: Omit<TimelineInput, 'list'> & { readonly only: string | null; readonly slower: number | null }): number[] {
  const { columns } = model;
  const from = only === 'errors' ? model.errors : only === 'path' ? analysis.pathRows : only === 'matches' ? (matches ?? new Int32Array()) : undefined;
  const least = slower === null ? 0 : (slower / 100) * totalNano;
  const targets: number[] = [];
  const count = from?.length ?? columns.count;
  for (let i = 0; i < count; i++) {
    const row = from === undefined ? i : (from[i] ?? 0);
    if ((columns.duration[row] ?? 0) >= least) targets.push(row);
  }
  return targets;
}

/** Folds that are open, by the marks of their first rows. */
function openedFolds(folds: SiblingFolds | undefined, opened: Uint8Array): ReadonlySet<number> {
  return new Set(folds?.folds.flatMap(({ rows }, fold) => (opened[rows[0] ?? 0] === 1 ? [fold] : [])) ?? []);
}

/** Rows of services that are hidden, and rows that are part of a hop's row. */
function liftedRows(model: TraceModel, hide: readonly string[], hops: TraceAnalysis['hopOf'] | undefined): Uint8Array | undefined {
  const hidden = new Set(hide.map((name) => model.services.findIndex((service) => service.name === name)));
  hidden.delete(-1);
  if (hidden.size === 0 && (hops === undefined || hops.size === 0)) return undefined;
  const lifted = new Uint8Array(model.columns.count);
  if (hidden.size > 0) for (let row = 0; row < lifted.length; row++) if (hidden.has(model.serviceOf[row] ?? -1)) lifted[row] = 1;
  for (const hop of hops?.values() ?? []) for (const row of hop.absorbed) lifted[row] = 1;
  return lifted;
}
