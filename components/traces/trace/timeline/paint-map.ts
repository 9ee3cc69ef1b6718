import type { TraceModel } from '../model/trace-model.ts';
import type { SpanTimes } from './bar-pieces.ts';
import type { Palette } from './palette.ts';

export interface MapToPaint {
  readonly model: TraceModel;
  readonly times: SpanTimes;
  readonly totalNano: number;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
}

const PADDING = 3;
/** The strip at the bottom that tells where errors are, however many spans there are. */
const ERRORS = 4;

/** Every span at its time, first row at the top. More rows than pixels share them: what a pixel already shows is not drawn again. */
export function paintMap(context: CanvasRenderingContext2D, { model, times, totalNano, width, height, palette }: MapToPaint): void {
  const { columns, serviceOf, errors } = model;
  const room = height - 2 * PADDING - (errors.length > 0 ? ERRORS : 0);
  const rowHeight = Math.min(5, room / Math.max(1, columns.count));
  const scale = width / Math.max(1, totalNano);
  const lines = Math.max(1, Math.ceil(room));
  // The rightmost pixel that is drawn of each line, for lines shared by many rows: children run left to right.
  const reached = new Float64Array(lines).fill(-1);
  for (let row = 0; row < columns.count; row++) {
    const y = row * rowHeight;
    const x = (times.start[row] ?? 0) * scale;
    const wide = Math.max(rowHeight < 1 ? 0.5 : 1.5, (times.duration[row] ?? 0) * scale);
    const line = Math.min(lines - 1, Math.floor(y));
    if (rowHeight < 1) {
      if (x + wide <= (reached[line] ?? -1) && x >= (reached[line] ?? -1) - wide) continue;
      reached[line] = x + wide;
    }
    context.fillStyle = palette.services[serviceOf[row] ?? 0] ?? palette.text;
    context.fillRect(x, PADDING + (rowHeight < 1 ? line : y), wide, Math.max(1, rowHeight - (rowHeight > 2 ? 1 : 0)));
  }
  context.fillStyle = palette.failing;
  const marked = new Uint8Array(Math.ceil(width) + 1);
  for (const row of errors) {
    const x = Math.min(Math.floor((times.start[row] ?? 0) * scale), marked.length - 1);
    if (marked[x] === 1) continue;
    marked[x] = 1;
    context.fillRect(Math.min(x, width - 2), height - PADDING - 3, 2, 3);
  }
}
