/** Where the drawing is looked at from: screen = place × zoom + offset. */
export interface TopologyView {
  readonly zoom: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

const MIN_ZOOM = 0.02;
const MAX_ZOOM = 3;

/** Zooms by a factor with the point of the screen under (x, y) staying where it is. */
export function zoomAt(view: TopologyView, factor: number, x: number, y: number): TopologyView {
  const zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, view.zoom * factor));
  const by = zoom / view.zoom;
  return { zoom, offsetX: x - (x - view.offsetX) * by, offsetY: y - (y - view.offsetY) * by };
}

/** All of a drawing in a window, with a margin; never larger than life. */
export function fitView(drawing: { readonly width: number; readonly height: number }, window: { readonly width: number; readonly height: number }, margin = 24): TopologyView {
  const zoom = Math.max(MIN_ZOOM, Math.min(1, (window.width - 2 * margin) / Math.max(1, drawing.width), (window.height - 2 * margin) / Math.max(1, drawing.height)));
  return { zoom, offsetX: (window.width - drawing.width * zoom) / 2, offsetY: (window.height - drawing.height * zoom) / 2 };
}
