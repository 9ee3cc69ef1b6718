import { z } from 'zod';

const list = z.union([z.string(), z.array(z.string())]).transform((v) => (Array.isArray(v) ? v : v.split(',')).filter((s) => s !== ''));
const flag = (initial: boolean) => z.enum(['true', 'false']).default(initial ? 'true' : 'false').transform((v) => v === 'true');

/** `GET /api/graph`. The answer is `Graph` of server/graph/core/graph-model.ts. */
export const GetGraphQuery = z.object({
  type: z.enum(['service', 'workload', 'app', 'versionedApp']).default('versionedApp'),
  /** Comma separated or repeated; empty = all. */
  namespaces: list.default([]),
  /** Window of the rates, seconds. */
  duration: z.coerce.number().min(5).max(30 * 86400).default(60),
  /** Unix seconds; absent = now. */
  at: z.coerce.number().optional(),
  serviceNodes: flag(false),
  idleNodes: flag(false),
  /** Also edges whose series exist but did not move in the window. */
  idleEdges: flag(false),
});
export type GetGraphQuery = z.infer<typeof GetGraphQuery>;
