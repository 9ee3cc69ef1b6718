'use client';

import { createContext, useContext, type ReactNode } from 'react';

/** Something that happened, drawn as a vertical line in every chart of the page: a configuration change, a rollout step. */
export interface ChartMarker {
  readonly t: number;
  readonly label: string;
  readonly href?: string;
}
const MarkersContext = createContext<readonly ChartMarker[]>([]);

/** Gives all charts inside the same markers. */
export function ChartMarkers({ markers, children }: { readonly markers: readonly ChartMarker[]; readonly children: ReactNode }) {
  return <MarkersContext value={markers}>{children}</MarkersContext>;
}

export function useChartMarkers(): readonly ChartMarker[] {
  return useContext(MarkersContext);
}
