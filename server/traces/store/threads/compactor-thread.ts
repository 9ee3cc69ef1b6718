import { parentPort } from 'node:worker_threads';
import { serveThread } from '#server/traces/threads/serve-thread.ts';
import { compactBlocks } from '../compact-blocks.ts';
import type { CompactorVerbs } from './messages.ts';

// The entry of the thread that merges blocks: seconds of work at a time, which nothing else should wait for.

if (parentPort === null) throw new Error('this file is the entry of a thread');
serveThread<CompactorVerbs>(parentPort, { compact: (job) => compactBlocks(job), close: () => undefined });
