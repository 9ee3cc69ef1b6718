import type { Status } from './status.ts';

export interface GlyphPaint {
  /** Colour of the status, as the canvas takes it. */
  readonly color: string;
  /** Colour of the mark inside: the surface below. */
  readonly mark: string;
}

/** Draws the glyph of a status on a canvas, in the shapes of `StatusGlyph`: centre and size in px of the context. */
export function drawStatusGlyph(context: CanvasRenderingContext2D, status: Status, x: number, y: number, size: number, paint: GlyphPaint): void {
  context.save();
  context.translate(x - size / 2, y - size / 2);
  context.scale(size / 16, size / 16);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.fillStyle = paint.color;
  context.strokeStyle = paint.color;
  switch (status) {
    case 'healthy':
      disc(context, 7);
      mark(context, 'm4.9 8.2 2.1 2.1 4-4.3', paint.mark);
      break;
    case 'degraded':
      context.fill(new Path2D('M8 1.4 15.2 14a.8.8 0 0 1-.7 1.1H1.5A.8.8 0 0 1 .8 14Z'));
      mark(context, 'M8 6v4.2M8 12.6v.05', paint.mark);
      break;
    case 'failing':
      context.fill(new Path2D('M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z'));
      mark(context, 'm5.6 5.6 4.8 4.8m0-4.8-4.8 4.8', paint.mark);
      break;
    case 'progressing':
      ring(context, paint.mark, 2.4, []);
      context.stroke(new Path2D('M8 2a6 6 0 0 1 0 12'));
      break;
    case 'idle':
      ring(context, paint.mark, 1.8, []);
      break;
    case 'unknown':
      ring(context, paint.mark, 1.8, [2.6, 3.16]);
      break;
    case 'not-ready':
      context.lineWidth = 2.4;
      context.stroke(new Path2D('M3 8h10'));
      break;
  }
  context.restore();
}

function disc(context: CanvasRenderingContext2D, radius: number): void {
  context.beginPath();
  context.arc(8, 8, radius, 0, 2 * Math.PI);
  context.fill();
}

/** A ring on a filled ground: it stands on lines of the drawing. */
function ring(context: CanvasRenderingContext2D, ground: string, width: number, dash: number[]): void {
  const { fillStyle } = context;
  context.fillStyle = ground;
  disc(context, 6.4);
  context.fillStyle = fillStyle;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  context.arc(8, 8, 5.5, 0, 2 * Math.PI);
  context.stroke();
  context.setLineDash([]);
}

function mark(context: CanvasRenderingContext2D, path: string, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 1.8;
  context.stroke(new Path2D(path));
}
