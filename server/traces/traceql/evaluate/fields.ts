import { escapePointer } from '#server/traces/otlp/value-types.ts';
import { attributeText, termOfTag } from '#server/traces/core/search-terms.ts';
import type { AttributeColumn, AttributeOwner, Codes, Segment, SegmentSource } from '#server/traces/segment/segment.ts';
import { timesAt } from '#server/traces/segment/span-at.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Attribute, Intrinsic, IntrinsicName, JaegerTag } from '../ast.ts';
import { itemOwnerOf } from '../check.ts';
import { printField } from '../print.ts';
import { type Column, combine, gather, type Mask, maskOfCodes } from './column.ts';
import { type LookupColumn, tagByLookup } from './lookup.ts';
import { childCounts, nestedSets, type SpanTree, spanTree } from './tree.ts';
import { NIL, type Value, valueOf } from './values.ts';

/** What rows an expression is evaluated over: the spans of a segment, or all their events or links. */
export type Domain = 'span' | 'event' | 'link';

/** Gives fields of a segment as columns; each is made when it is first asked for, and kept. */
export class SegmentFields {
  readonly segment: Segment;
  readonly #columns = new Map<string, Column>();
  readonly #spanRows = new Map<Domain, Int32Array>();
  #tree: SpanTree | undefined;
  #traceOf: Int32Array | undefined;
  #nested: ReturnType<typeof nestedSets> | undefined;

  constructor(segment: Segment) {
    this.segment = segment;
  }

  rows(domain: Domain): number {
    return domain === 'span' ? this.segment.spanCount : domain === 'event' ? this.segment.events.count : this.segment.links.count;
  }

  get tree(): SpanTree {
    this.#tree ??= spanTree(this.segment);
    return this.#tree;
  }

  /** The trace of each row. */
  get traceOf(): Int32Array {
    if (this.#traceOf === undefined) {
      const { firstRow, spanCount } = this.segment;
      const traceOf = new Int32Array(spanCount);
      // Not fill(): traces are small, and each call costs more than their rows.
      for (let trace = 0, row = 0; trace + 1 < firstRow.length; trace++) for (const to = firstRow[trace + 1] ?? 0; row < to; row++) traceOf[row] = trace;
      this.#traceOf = traceOf;
    }
    return this.#traceOf;
  }

  /** A field over the rows of a domain: of events and links seen from a span, the first value there is. */
  column(field: Attribute | Intrinsic, domain: Domain): Column {
    const key = `${domain} ${printField(field)}`;
    const known = this.#columns.get(key);
    if (known !== undefined) return known;
    const column = this.#make(field, domain);
    this.#columns.set(key, column);
    return column;
  }

  #make(field: Attribute | Intrinsic, domain: Domain): Column {
    if (field.parent === true) {
      const { parent: _, ...own } = field;
      const ofSpan = gather(this.column(own, 'span'), this.segment.parentRow);
      return domain === 'span' ? ofSpan : gather(ofSpan, this.spanRows(domain));
    }
    const owner = itemOwnerOf(field);
    if (owner !== undefined) {
      if (domain === owner) return field.kind === 'attribute' ? this.#attribute(owner, field.key) : this.#itemIntrinsic(field.name);
      return domain === 'span' ? this.#firstOf(this.column(field, owner), owner) : { kind: 'constant', value: NIL };
    }
    if (domain !== 'span') return gather(this.column(field, 'span'), this.spanRows(domain));
    return field.kind === 'attribute' ? this.#spanAttribute(field) : this.#intrinsic(field.name);
  }

  /** The column of a stored attribute whose values need not be made; undefined where there is more than one place to look, or none. */
  lookup(field: Attribute, domain: Domain): LookupColumn | undefined {
    if (field.parent === true || (domain === 'span' ? field.scope !== 'span' && field.scope !== undefined : field.scope !== domain)) return undefined;
    if (field.scope === undefined && this.column({ kind: 'attribute', scope: 'resource', key: field.key }, 'span').kind !== 'constant') return undefined;
    const column = this.segment.attribute(domain, field.key);
    return hasLookup(column) ? column : undefined;
  }

  /** The span of each event or link. */
  spanRows(domain: Domain): Int32Array {
    const known = this.#spanRows.get(domain);
    if (known !== undefined) return known;
    const rows = new Int32Array(this.rows(domain));
    const { first } = domain === 'event' ? this.segment.events : this.segment.links;
    for (let row = 0; row < this.segment.spanCount; row++) rows.fill(row, first[row], first[row + 1]);
    this.#spanRows.set(domain, rows);
    return rows;
  }

  /** 1 for spans with an event or link for which it is 1. */
  anyOf(items: Mask, domain: Domain): Mask {
    const mask = new Uint8Array(this.segment.spanCount);
    const spanRows = this.spanRows(domain);
    for (let i = 0; i < items.length; i++) if (items[i] === 1) mask[spanRows[i] ?? 0] = 1;
    return mask;
  }

  #firstOf(items: Column, domain: Domain): Column {
    const at = new Int32Array(this.segment.spanCount).fill(-1);
    const spanRows = this.spanRows(domain);
    const present = items.kind === 'codes' ? items.values.map((v) => v.type !== 'nil') : undefined;
    for (let i = spanRows.length - 1; i >= 0; i--) if (present === undefined || items.kind !== 'codes' || present[items.codes[i] ?? 0] === true) at[spanRows[i] ?? 0] = i;
    return gather(items, at);
  }

  #attribute(owner: AttributeOwner, key: string): Column {
    const column = this.segment.attribute(owner, key);
    if (column === undefined) return { kind: 'constant', value: NIL };
    return { kind: 'codes', codes: column.codes, values: [NIL, ...column.values.map(({ value, types }) => valueOf(value, types))] };
  }

  #ofSource(of: (source: SegmentSource) => Value): Column {
    const { source, sources } = this.segment;
    const values = sources.map(of);
    return values.every((v) => v.type === 'nil') ? { kind: 'constant', value: NIL } : { kind: 'codes', codes: source, values };
  }

  #spanAttribute({ scope, key }: Attribute): Column {
    if (scope === 'span') return this.#attribute('span', key);
    if (scope === 'resource') return this.#ofSource(({ resource, valueTypes }) => ownValue(resource, key, valueTypes, '/resource/'));
    if (scope === 'instrumentation') return this.#ofSource((source) => ownValue(source.scope.attributes ?? {}, key, source.valueTypes, '/scope/attributes/'));
    const own = this.column({ kind: 'attribute', scope: 'span', key }, 'span');
    const ofResource = this.column({ kind: 'attribute', scope: 'resource', key }, 'span');
    if (own.kind === 'constant') return ofResource;
    return ofResource.kind === 'constant' ? own : combine(own, ofResource, this.segment.spanCount, (a, b) => (a.type === 'nil' ? b : a));
  }

  #intrinsic(name: IntrinsicName): Column {
    const { segment } = this;
    switch (name) {
      case 'span:name':
        return texts(segment.name);
      case 'span:statusMessage':
        return texts(segment.statusMessage);
      case 'span:kind':
        return { kind: 'codes', codes: segment.kind, values: SPAN_KINDS.map((value) => ({ type: 'kind', value })) };
      case 'span:status':
        return { kind: 'codes', codes: segment.status, values: SPAN_STATUSES.map((value) => ({ type: 'status', value })) };
      case 'span:duration':
        return { kind: 'numbers', type: 'duration', values: segment.duration, exact: new Map([...segment.wideTimes].map(([row, t]) => [row, t.endUnixNano - t.startUnixNano])) };
      case 'span:id':
        return { kind: 'ids', bytes: segment.spanIds, width: 8 };
      case 'span:parentID':
        return { kind: 'ids', bytes: segment.parentSpanIds, width: 8 };
      case 'span:childCount':
        return { kind: 'numbers', type: 'int', values: childCounts(segment.parentRow) };
      case 'trace:id':
        return { kind: 'ids', bytes: segment.traceIds, width: 16, at: this.traceOf };
      case 'trace:duration':
        return this.#traceDuration();
      case 'trace:rootName':
        return gather(this.column({ kind: 'intrinsic', name: 'span:name' }, 'span'), this.#rootRows());
      case 'trace:rootService':
        return gather(this.#ofSource(({ service }) => ({ type: 'string', value: service })), this.#rootRows());
      case 'instrumentation:name':
        return this.#ofSource(({ scope }) => ({ type: 'string', value: scope.name }));
      case 'instrumentation:version':
        return this.#ofSource(({ scope }) => (scope.version === undefined ? NIL : { type: 'string', value: scope.version }));
      case 'nestedSetLeft':
      case 'nestedSetRight':
      case 'nestedSetParent': {
        this.#nested ??= nestedSets(segment, this.tree);
        return { kind: 'numbers', type: 'int', values: this.#nested[name === 'nestedSetLeft' ? 'left' : name === 'nestedSetRight' ? 'right' : 'parent'] };
      }
      default:
        return this.#itemIntrinsic(name);
    }
  }

  #itemIntrinsic(name: IntrinsicName): Column {
    const { events, links } = this.segment;
    switch (name) {
      case 'event:name':
        return texts(events.name);
      case 'event:timeSinceStart':
        return { kind: 'numbers', type: 'duration', values: events.time };
      case 'link:traceID':
        return { kind: 'ids', bytes: links.traceIds, width: 16 };
      case 'link:spanID':
        return { kind: 'ids', bytes: links.spanIds, width: 8 };
      default:
        return { kind: 'constant', value: NIL };
    }
  }

  /** From the first start to the last end of the spans of a trace. */
  #traceDuration(): Column {
    const { firstRow, spanCount, start, duration, wideTimes } = this.segment;
    const values = new Float64Array(spanCount);
    const exact = new Map<number, bigint>();
    for (let trace = 0; trace + 1 < firstRow.length; trace++) {
      const from = firstRow[trace] ?? 0;
      const to = firstRow[trace + 1] ?? 0;
      let first = Number.POSITIVE_INFINITY;
      let end = Number.NEGATIVE_INFINITY;
      let wide = false;
      for (let row = from; row < to; row++) {
        const at = start[row] ?? 0;
        first = Math.min(first, at);
        end = Math.max(end, at + (duration[row] ?? 0));
        wide ||= wideTimes.size > 0 && wideTimes.has(row);
      }
      values.fill(end - first, from, to);
      if (!wide) continue;
      const times = Array.from({ length: to - from }, (_, i) => timesAt(this.segment, from + i));
      const whole = times.reduce((m, t) => (t.endUnixNano > m ? t.endUnixNano : m), times[0]?.endUnixNano ?? 0n) - times.reduce((m, t) => (t.startUnixNano < m ? t.startUnixNano : m), times[0]?.startUnixNano ?? 0n);
      for (let row = from; row < to; row++) exact.set(row, whole);
    }
    return { kind: 'numbers', type: 'duration', values, exact };
  }

  /** For each row the first span of its trace that names no parent, -1 for none. */
  #rootRows(): Int32Array {
    const { firstRow, parentRow, spanCount } = this.segment;
    const roots = new Int32Array(spanCount).fill(-1);
    for (let trace = 0; trace + 1 < firstRow.length; trace++) {
      const from = firstRow[trace] ?? 0;
      const to = firstRow[trace + 1] ?? 0;
      const root = parentRow.subarray(from, to).indexOf(-1);
      if (root >= 0) roots.fill(from + root, from, to);
    }
    return roots;
  }

  /** Where Jaeger finds the tag (core/search-terms.ts): at a special place, or on the span, its resource, scope, events or links. */
  jaegerTag(tag: JaegerTag): Mask {
    const { segment } = this;
    const rows = segment.spanCount;
    const [key, value] = termOfTag(tag.key, tag.value);
    if (key === 'error') return maskOfCodes(segment.status, SPAN_STATUSES.map((s) => String(s === 'error') === value), rows);
    if (key === 'span.status') return maskOfCodes(segment.status, SPAN_STATUSES.map((s) => s === value), rows);
    if (key === 'span.kind') return maskOfCodes(segment.kind, SPAN_KINDS.map((k) => k === value), rows);
    const has = (attributes: SegmentSource['resource'], name: string): boolean => Object.hasOwn(attributes, name) && attributeText(attributes[name] ?? null) === value;
    const inSource = segment.sources.map(({ resource, scope }) => {
      if (key === 'scope.name') return scope.name === value;
      if (key === 'scope.version') return (scope.version ?? '') === value;
      if (key.startsWith('resource.')) return has(resource, key.slice('resource.'.length));
      return has(resource, key) || has(scope.attributes ?? {}, key);
    });
    const mask = maskOfCodes(segment.source, inSource, rows);
    if (key === 'scope.name' || key === 'scope.version' || key.startsWith('resource.')) return mask;
    const inOwner = (owner: Domain): Mask => {
      const column = segment.attribute(owner, key);
      if (column === undefined) return new Uint8Array(this.rows(owner));
      if (hasLookup(column)) return tagByLookup(column, value, this.rows(owner));
      return maskOfCodes(column.codes, [false, ...column.values.map((v) => attributeText(v.value) === value)], this.rows(owner));
    };
    for (const found of [inOwner('span'), this.anyOf(inOwner('event'), 'event'), this.anyOf(inOwner('link'), 'link')]) {
      for (let row = 0; row < rows; row++) if (found[row] === 1) mask[row] = 1;
    }
    return mask;
  }
}

function hasLookup(column: AttributeColumn | undefined): column is AttributeColumn & LookupColumn {
  return column?.lookup !== undefined;
}

function texts({ values, codes }: { readonly values: readonly string[]; readonly codes: Codes }): Column {
  return { kind: 'codes', codes, values: values.map((value) => ({ type: 'string', value })) };
}

/** An attribute of a resource or scope. Its types are by pointer from the span. */
function ownValue(attributes: SegmentSource['resource'], key: string, types: SegmentSource['valueTypes'], under: string): Value {
  return Object.hasOwn(attributes, key) ? valueOf(attributes[key] ?? null, types, `${under}${escapePointer(key)}`) : NIL;
}
