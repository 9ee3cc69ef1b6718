import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { decodeRun, RunEncoder } from './encode-run.ts';
import { SampleBuffer } from './sample-buffer.ts';
import type { SeriesSamples } from './storage.ts';

const HISTOGRAM: FloatHistogram = { counterResetHint: 'gauge', schema: 0, zeroThreshold: 0, zeroCount: 0, count: 1, sum: 1, positiveSpans: [{ offset: 0, length: 1 }], negativeSpans: [], positiveBuckets: [1], negativeBuckets: [], customValues: [] };

const sample = fc.record({ gap: fc.integer({ min: 1, max: 400 }), value: fc.integer({ min: 0, max: 1000 }), kind: fc.constantFrom('float', 'float', 'float', 'start', 'histogram') });
const run = fc.array(sample, { minLength: 1, maxLength: 300 });

function samplesOf(samples: readonly { gap: number; value: number; kind: string }[]): SeriesSamples {
  const buffer = new SampleBuffer();
  buffer.begin(samples.length);
  let time = 0;
  for (const { gap, value, kind } of samples) buffer.push((time += gap), value, kind === 'histogram' ? { ...HISTOGRAM, sum: value } : undefined, kind === 'start' ? value : 0);
  return buffer.finish({}) ?? { labels: {}, timestamps: new Float64Array(0), values: new Float64Array(0) };
}

test('runs of floats, starts and histograms come back, one after the other out of the same memory, in chunks within ranges', () => {
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 6 }), (runs) => {
      const encoder = new RunEncoder(5000);
      for (const one of runs) {
        const samples = samplesOf(one);
        const chunks = encoder.encode(samples);
        for (const { minTime, maxTime } of chunks) assert.equal(Math.floor(minTime / 5000), Math.floor(maxTime / 5000));
        assert.deepEqual(decodeRun({}, chunks, new SampleBuffer()), samples);
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 1500 },
  );
});
