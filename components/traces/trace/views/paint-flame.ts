import type { Palette } from '../timeline/palette.ts';
import type { FlameBoxes } from './flame-boxes.ts';

export const FLAME_ROW = 20;

export interface FlameToPaint {
  readonly boxes: FlameBoxes;
  /** Shares of the whole that are seen. */
  readonly from: number;
  readonly to: number;
  /** First level that is seen, and where it begins in pixels (0 or less). */
  readonly firstLevel: number;
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  /** Boxes that are chosen and pointed at; −1 for none. */
  readonly chosen: number;
  readonly pointed: number;
  readonly palette: Palette;
}

/** Draws the levels in view. Of boxes narrower than a pixel those that fall on one that is drawn are left out. */
export function paintFlame(context: CanvasRenderingContext2D, input: FlameToPaint): void {
  const { boxes, from, to, firstLevel, offset, width, height, palette, chosen, pointed } = input;
  const scale = width / Math.max(1e-12, to - from);
  context.font = palette.font;
  context.textBaseline = 'middle';
  for (let level = firstLevel; level < boxes.levels; level++) {
    const y = offset + (level - firstLevel) * FLAME_ROW;
    if (y > height) return;
    let reached = -1;
    for (let i = boxes.offsets[level] ?? 0; i < (boxes.offsets[level + 1] ?? 0); i++) {
      const box = boxes.boxes[i] ?? 0;
      const left = boxes.left[box] ?? 0;
      const right = left + (boxes.width[box] ?? 0);
      if (left > to) break;
      if (right < from) continue;
      const x = Math.max(0, (left - from) * scale);
      const end = Math.min(width, (right - from) * scale);
      if (end <= reached + 0.4) continue;
      const wide = Math.max(1, end - x - (end - x > 3 ? 1 : 0));
      // Pale, so that text reads on every colour in both themes; the edge has the colour itself.
      context.globalAlpha = box === pointed ? 0.65 : 0.42;
      context.fillStyle = palette.services[boxes.serviceOf(box)] ?? palette.text;
      context.fillRect(x, y + 1, wide, FLAME_ROW - 2);
      context.globalAlpha = 1;
      context.fillRect(x, y + 1, Math.min(wide, 2), FLAME_ROW - 2);
      if (boxes.failed(box)) {
        context.fillStyle = palette.failing;
        context.fillRect(x, y + FLAME_ROW - 4, wide, 3);
      }
      if (box === chosen) {
        context.strokeStyle = palette.text;
        context.lineWidth = 2;
        context.strokeRect(x + 1, y + 2, Math.max(1, wide - 2), FLAME_ROW - 4);
      }
      if (wide > 28) paintLabel(context, boxes.label(box), x, y, wide, palette);
      reached = x + wide;
    }
  }
}

function paintLabel(context: CanvasRenderingContext2D, text: string, x: number, y: number, wide: number, palette: Palette): void {
  const shown = fitText(text, wide - 8, (part) => context.measureText(part).width);
  if (shown === '') return;
  context.fillStyle = palette.text;
  context.fillText(shown, x + 4, y + FLAME_ROW / 2);
}

/** As much of a text as is no wider than `most`, with an ellipsis where it was cut; empty when there is room for no letter. */
export function fitText(text: string, most: number, widthOf: (text: string) => number): string {
  const whole = widthOf(text);
  if (whole <= most) return text;
  // Letters differ in width: guessed by their mean, then corrected.
  let length = Math.min(text.length - 1, Math.floor((text.length * most) / Math.max(1, whole)) + 2);
  while (length > 0 && widthOf(`${text.slice(0, length)}…`) > most) length--;
  return length === 0 ? '' : `${text.slice(0, length).trimEnd()}…`;
}
