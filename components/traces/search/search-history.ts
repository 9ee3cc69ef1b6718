'use client';

import { queryHistory } from '#components/explore/query-history.ts';

/** The searches for traces that were run in this browser. */
export const searchHistory = queryHistory('binnacle.traces.history');
