import { labelsFromEntries, labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Exemplar } from '#server/timeseries/storage.ts';
import { ProtobufReader } from '#server/wire/protobuf-reader.ts';
import { decodeHistogram, decodeSample } from './decode-sample.ts';
import { familyName, metricTypeName } from './metric-types.ts';
import { checkedLabels, type ReceivedLabel, type ReceivedLabels } from './received-labels.ts';
import { NO_SERIES, type WriteCollector } from './write-collector.ts';

/** The texts of a request that its messages name by number; undefined where the bytes are not UTF-8. */
type Symbols = readonly (string | undefined)[];

/** Reads an `io.prometheus.write.v2.Request` into the collector. Throws ProtobufError. Source: Prometheus prompb write/v2/types.proto. */
export function decodeWriteV2(message: Uint8Array, into: WriteCollector): void {
  const reader = new ProtobufReader(message);
  const symbols: (string | undefined)[] = [];
  const series: (readonly [head: ProtobufReader, body: ProtobufReader])[] = [];
  while (reader.next()) {
    if (reader.field === 4) symbols.push(reader.text());
    else if (reader.field === 5) series.push(reader.messageTwice());
    else reader.skip();
  }
  for (const [head, body] of series) decodeSeries(head, body, symbols, into);
}

/** The order of fields is up to the sender: labels and metadata are read in a first pass. */
function decodeSeries(head: ProtobufReader, body: ProtobufReader, symbols: Symbols, into: WriteCollector): void {
  const refs: number[] = [];
  let metadata: ProtobufReader | undefined;
  let points = 0;
  while (head.next()) {
    if (head.field === 1) head.uints(refs);
    else if (head.field === 5) metadata = head.message();
    else {
      if (head.field === 2 || head.field === 3) points++;
      head.skip();
    }
  }
  const wrong = wrongRefs(refs, symbols);
  if (wrong !== undefined) into.addProblem(wrong);
  else if (points === 0) into.addProblem(`a series must have at least one sample or histogram: ${describe(refs, symbols)}`);
  const series = wrong === undefined && points > 0 ? into.addSeries(keyOf(refs, symbols), () => labelsOf(refs, symbols)) : NO_SERIES;
  if (series !== NO_SERIES && metadata !== undefined) decodeMetadata(metadata, refs, symbols, into);
  while (body.next()) {
    if (body.field === 2) {
      const { timestamp, value, startTimestamp } = decodeSample(body.message());
      into.addSample(series, timestamp, value, startTimestamp);
    } else if (body.field === 3) {
      const { timestamp, received, startTimestamp } = decodeHistogram(body.message());
      into.addHistogram(series, timestamp, received, startTimestamp);
    } else if (body.field === 4) {
      decodeExemplar(body.message(), series, symbols, into);
    } else {
      body.skip();
    }
  }
}

function wrongRefs(refs: readonly number[], symbols: Symbols): string | undefined {
  if (refs.length % 2 !== 0) return `label references come in pairs, but there are ${refs.length}`;
  const beyond = refs.find((ref) => ref >= symbols.length);
  return beyond === undefined ? undefined : `a label refers to symbol ${beyond}, of ${symbols.length}`;
}

/** Says the same for the same labels in every request, whatever their numbers are in it. */
function keyOf(refs: readonly number[], symbols: Symbols): string {
  let key = '';
  for (const ref of refs) {
    const text = symbols[ref];
    // A text that is not UTF-8 is never stored, so no other key may look like that of its series.
    key += text === undefined ? '-;' : `${text.length};${text}`;
  }
  return key;
}

function labelsOf(refs: readonly number[], symbols: Symbols): ReceivedLabels {
  const labels: ReceivedLabel[] = [];
  for (let i = 0; i + 1 < refs.length; i += 2) labels.push([symbols[refs[i] ?? 0], symbols[refs[i + 1] ?? 0]]);
  return checkedLabels(labels);
}

function describe(refs: readonly number[], symbols: Symbols): string {
  const read = labelsOf(refs, symbols);
  return read.ok ? labelValue(read.labels, METRIC_NAME) : read.message;
}

function decodeMetadata(reader: ProtobufReader, refs: readonly number[], symbols: Symbols, into: WriteCollector): void {
  let type = 0;
  let helpRef = 0;
  let unitRef = 0;
  while (reader.next()) {
    if (reader.field === 1) type = reader.int();
    else if (reader.field === 3) helpRef = reader.uint();
    else if (reader.field === 4) unitRef = reader.uint();
    else reader.skip();
  }
  const help = symbols[helpRef] ?? '';
  const unit = symbols[unitRef] ?? '';
  if (type === 0 && help === '' && unit === '') return;
  const read = labelsOf(refs, symbols);
  if (!read.ok) return;
  const typeName = metricTypeName(type);
  into.metadata.push([familyName(labelValue(read.labels, METRIC_NAME), typeName), { type: typeName, help, unit }]);
}

function decodeExemplar(reader: ProtobufReader, series: number, symbols: Symbols, into: WriteCollector): void {
  const refs: number[] = [];
  let value = 0;
  let timestamp = 0;
  while (reader.next()) {
    if (reader.field === 1) reader.uints(refs);
    else if (reader.field === 2) value = reader.double();
    else if (reader.field === 3) timestamp = reader.int();
    else reader.skip();
  }
  const wrong = wrongRefs(refs, symbols);
  if (wrong !== undefined) {
    into.addProblem(`of an exemplar: ${wrong}`);
    return;
  }
  const labels: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < refs.length; i += 2) labels.push([symbols[refs[i] ?? 0] ?? '\uFFFD', symbols[refs[i + 1] ?? 0] ?? '\uFFFD']);
  const exemplar: Exemplar = { labels: labelsFromEntries(labels), value, timestamp };
  into.addExemplar(series, exemplar);
}
