/** A place of a call tree: parents come before their children. */
export interface Place {
  /** Index of the place above, -1 for a root. */
  readonly parent: number;
  readonly depth: number;
}

/** One line of the tree. */
export interface PlaceRow {
  /** Index of its place. */
  readonly place: number;
  /** Places right below it that are shown or folded. */
  readonly children: number;
  readonly folded: boolean;
}

/** Depth first and in the order given, less what lies below folded places; of `kept` places only, with all those above them. */
export function placeRows(places: readonly Place[], folded: ReadonlySet<number>, kept?: (place: number) => boolean): readonly PlaceRow[] {
  const shown = keptWithParents(places, kept);
  const children: number[][] = places.map(() => []);
  const roots: number[] = [];
  for (const [index, { parent }] of places.entries()) if (shown[index] === true) (children[parent] ?? roots).push(index);
  const rows: PlaceRow[] = [];
  const open = roots.toReversed();
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const below = children[place] ?? [];
    const isFolded = folded.has(place) && below.length > 0;
    rows.push({ place, children: below.length, folded: isFolded });
    if (!isFolded) open.push(...below.toReversed());
  }
  return rows;
}

function keptWithParents(places: readonly Place[], kept: ((place: number) => boolean) | undefined): readonly boolean[] {
  const shown = places.map((_, index) => kept?.(index) ?? true);
  // From the last to the first: children come behind their parents.
  for (let index = places.length - 1; index >= 0; index -= 1) {
    const parent = places[index]?.parent ?? -1;
    if (shown[index] === true && parent >= 0) shown[parent] = true;
  }
  return shown;
}
