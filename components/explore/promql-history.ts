'use client';

import { queryHistory } from './query-history.ts';

/** The PromQL queries that were run in this browser. */
export const promqlHistory = queryHistory('binnacle.explore.history');
