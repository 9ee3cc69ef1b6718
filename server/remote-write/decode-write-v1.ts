import { labelsFromEntries } from '#server/timeseries/labels.ts';
import type { Exemplar } from '#server/timeseries/storage.ts';
import { ProtobufReader } from '#server/wire/protobuf-reader.ts';
import { decodeHistogram, decodeSample } from './decode-sample.ts';
import { metricTypeName } from './metric-types.ts';
import { checkedLabels, type ReceivedLabel, type ReceivedLabels } from './received-labels.ts';
import type { WriteCollector } from './write-collector.ts';

/** Reads a `prometheus.WriteRequest` into the collector. Throws ProtobufError. Source: Prometheus prompb remote.proto, types.proto. */
export function decodeWriteV1(message: Uint8Array, into: WriteCollector): void {
  const reader = new ProtobufReader(message);
  while (reader.next()) {
    if (reader.field === 1) decodeSeries(reader, into);
    else if (reader.field === 3) decodeMetadata(reader.message(), into);
    else reader.skip();
  }
}

/** Samples may stand before labels: these are read in a first pass, which also skips over all else. */
function decodeSeries(outer: ProtobufReader, into: WriteCollector): void {
  const [labelReader, reader] = outer.messageTwice();
  // Labels mostly stand side by side: then one piece of the message is the key.
  let key = '';
  let from = reader.offset;
  let to = from;
  while (labelReader.next()) {
    const start = labelReader.fieldStart;
    labelReader.skip();
    if (labelReader.field !== 1) continue;
    if (start !== to) {
      key += labelReader.bytesAsText(from, to);
      from = start;
    }
    to = labelReader.offset;
  }
  key += labelReader.bytesAsText(from, to);
  const series = into.addSeries(key, () => labelsInKey(key));
  while (reader.next()) {
    if (reader.field === 2) {
      const { timestamp, value } = decodeSample(reader.message());
      into.addSample(series, timestamp, value, 0);
    } else if (reader.field === 3) {
      into.addExemplar(series, decodeExemplar(reader.message()));
    } else if (reader.field === 4) {
      const { timestamp, received } = decodeHistogram(reader.message());
      into.addHistogram(series, timestamp, received, 0);
    } else {
      reader.skip();
    }
  }
}

/** The key of a series is its label fields as they were sent. */
function labelsInKey(key: string): ReceivedLabels {
  const reader = new ProtobufReader(Buffer.from(key, 'latin1'));
  const labels: ReceivedLabel[] = [];
  while (reader.next()) labels.push(decodeLabel(reader.message()));
  return checkedLabels(labels);
}

function decodeLabel(reader: ProtobufReader): ReceivedLabel {
  let name: string | undefined = '';
  let value: string | undefined = '';
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) value = reader.text();
    else reader.skip();
  }
  return [name, value];
}

function decodeExemplar(reader: ProtobufReader): Exemplar {
  const labels: (readonly [string, string])[] = [];
  let value = 0;
  let timestamp = 0;
  while (reader.next()) {
    if (reader.field === 1) {
      const [name = '\uFFFD', text = '\uFFFD'] = decodeLabel(reader.message());
      labels.push([name, text]);
    } else if (reader.field === 2) value = reader.double();
    else if (reader.field === 3) timestamp = reader.int();
    else reader.skip();
  }
  return { labels: labelsFromEntries(labels), value, timestamp };
}

function decodeMetadata(reader: ProtobufReader, into: WriteCollector): void {
  let type = 0;
  let name = '';
  let help = '';
  let unit = '';
  while (reader.next()) {
    if (reader.field === 1) type = reader.int();
    else if (reader.field === 2) name = reader.string();
    else if (reader.field === 4) help = reader.string();
    else if (reader.field === 5) unit = reader.string();
    else reader.skip();
  }
  if (name !== '') into.metadata.push([name, { type: metricTypeName(type), help, unit }]);
}
