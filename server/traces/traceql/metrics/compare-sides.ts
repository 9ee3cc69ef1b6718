import type { Segment } from '#server/traces/segment/segment.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Attribute, Intrinsic, MetricsStage } from '../ast.ts';
import { evaluateCondition } from '../evaluate/condition.ts';
import { printField } from '../print.ts';
import { bestRows, exemplarOf } from './exemplars.ts';
import { groupRows } from '../evaluate/group-rows.ts';
import type { MeasuredRows } from './measure.ts';
import type { Exemplar, MeasuredPart, SeriesPart } from './series-part.ts';
import { OUTSIDE, stepIndexes } from './step-indexes.ts';

/** Values of one attribute that are told apart on a side of a segment. */
const MOST_VALUES = 5_000;
/** How many of them are kept when there are more: the most frequent, as of a field of so many values they are the only ones that say something. */
const KEPT_VALUES = 100;
/** Fields of every span that are counted beside its attributes. */
const COMPARED: readonly Intrinsic[] = (['span:name', 'span:kind', 'span:status', 'span:statusMessage', 'trace:rootName', 'trace:rootService', 'instrumentation:name'] as const).map((name) => ({ kind: 'intrinsic', name }));
const SIDES = ['selection', 'baseline'] as const;

/** Counts every value of every attribute, of the spans in the selection of `compare` and of the others. */
export function compareSides(stage: MetricsStage, { fields, at, firstStep, count, exemplars }: MeasuredRows): MeasuredPart {
  const { segment } = fields;
  const sideOf = sides(stage, fields, at);
  const series = new Map<string, SeriesPart>();
  const cut = new Set<string>();
  const add = (side: string, name: string, value: AttributeValue, key: string, counts: Float64Array, examples: ReadonlyMap<number, Exemplar>): void => {
    series.set(`__meta_type ${side}\n${name} ${key}`, { labels: [['__meta_type', side], [name, value]], counts, exemplars: examples });
  };
  const cells = new Int32Array(at.length);
  const attributes = [...segment.attributeKeys('span').map((key): Attribute => ({ kind: 'attribute', scope: 'span', key })), ...resourceKeys(segment).map((key): Attribute => ({ kind: 'attribute', scope: 'resource', key }))];
  for (const field of [...attributes, ...COMPARED]) {
    const name = printField(field);
    const { ids, values } = groupRows(fields.column(field, 'span'), at);
    const size = values.length * count;
    const absent = values.map(({ value }) => value === null);
    const counted = new Float64Array(2 * size);
    for (let row = 0; row < at.length; row++) {
      const time = at[row] ?? OUTSIDE;
      const id = ids[row] ?? 0;
      const cell = time === OUTSIDE || absent[id] === true ? OUTSIDE : ((sideOf[row] ?? 0) * values.length + id) * count + time;
      cells[row] = cell;
      if (cell >= 0) counted[cell] = (counted[cell] ?? 0) + 1;
    }
    const best = exemplars ? bestRows(segment, cells, 2 * size, undefined) : undefined;
    for (const [i, side] of SIDES.entries()) {
      const total = new Float64Array(count);
      const found: { readonly id: number; readonly spans: number }[] = [];
      for (let id = 0; id < values.length; id++) {
        let spans = 0;
        for (let time = 0; time < count; time++) {
          const n = counted[i * size + id * count + time] ?? 0;
          spans += n;
          total[time] = (total[time] ?? 0) + n;
        }
        if (spans > 0) found.push({ id, spans });
      }
      add(`${side}_total`, name, null, 'nil', total, new Map());
      if (found.length > MOST_VALUES) {
        cut.add(name);
        found.sort((a, b) => b.spans - a.spans || a.id - b.id).splice(KEPT_VALUES);
      }
      for (const { id } of found) {
        const from = i * size + id * count;
        const { value, key } = values[id] ?? { value: null, key: 'nil' };
        add(side, name, value, key, counted.slice(from, from + count), examplesOf(segment, best, from, count));
      }
    }
  }
  return { firstStep, count, series, cut };
}

/** For each row the index of its side. */
function sides({ compare }: MetricsStage, fields: MeasuredRows['fields'], at: Int32Array): Uint8Array {
  const { segment } = fields;
  const { selection, startUnixNano, endUnixNano } = compare ?? { selection: { kind: 'filter' } };
  const selected = selection.condition === undefined ? new Uint8Array(at.length).fill(1) : evaluateCondition(selection.condition, fields);
  const times = startUnixNano === undefined || endUnixNano === undefined ? undefined : stepIndexes(segment, { fromUnixNano: startUnixNano, toUnixNano: endUnixNano, stepNano: endUnixNano - startUnixNano + 1n });
  const inTime = (row: number): boolean => startUnixNano === undefined || endUnixNano === undefined || (times?.at[row] ?? OUTSIDE) !== OUTSIDE;
  return Uint8Array.from(selected, (bit, row) => (bit === 1 && inTime(row) ? 0 : 1));
}

function examplesOf(segment: Segment, best: Int32Array | undefined, from: number, count: number): ReadonlyMap<number, Exemplar> {
  const examples = new Map<number, Exemplar>();
  for (let time = 0; best !== undefined && time < count; time++) {
    const row = best[from + time] ?? -1;
    if (row >= 0) examples.set(time, exemplarOf(segment, row, 1));
  }
  return examples;
}

function resourceKeys(segment: Segment): string[] {
  return [...new Set(segment.sources.flatMap((source) => Object.keys(source.resource)))];
}
