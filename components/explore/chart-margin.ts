/** Room for the axes around the plot, px. */
export const MARGIN = { left: 60, right: 12, top: 8, bottom: 20 } as const;
