/** Linear-light sRGB and opacity, 0..1. */
export interface LinearColour {
  readonly rgb: readonly [number, number, number];
  readonly alpha: number;
}

/** Reads `#rrggbb` and `oklch(L C H / A)`; `undefined` for other notations. OKLCH by Björn Ottosson's matrices. */
export function parseColour(text: string): LinearColour | undefined {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (hex !== null) {
    const channel = (part: string | undefined): number => toLinear(Number.parseInt(part ?? '0', 16) / 255);
    return { rgb: [channel(hex[1]), channel(hex[2]), channel(hex[3])], alpha: 1 };
  }
  const oklch = /^oklch\(([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)$/.exec(text);
  if (oklch === null) return undefined;
  const [l = 0, c = 0, h = 0] = oklch.slice(1, 4).map(Number);
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const [x, y, z] = [(l + 0.3963377774 * a + 0.2158037573 * b) ** 3, (l - 0.1055613458 * a - 0.0638541728 * b) ** 3, (l - 0.0894841775 * a - 1.291485548 * b) ** 3];
  const clamp = (v: number): number => Math.min(1, Math.max(0, v));
  return {
    rgb: [clamp(4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z), clamp(-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z), clamp(-0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z)],
    alpha: oklch[4] === undefined ? 1 : Number(oklch[4]),
  };
}

/** Contrast ratio 1..21 (WCAG 2.2) of `front` on an opaque `back`; a translucent front is blended in sRGB first, as browsers do. */
export function contrastRatio(front: LinearColour, back: LinearColour): number {
  const blended = front.rgb.map((v, i) => toLinear(toGamma(v) * front.alpha + toGamma(back.rgb[i] ?? 0) * (1 - front.alpha)));
  const [light, dark] = [luminance(blended), luminance(back.rgb)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance(rgb: readonly number[]): number {
  return 0.2126 * (rgb[0] ?? 0) + 0.7152 * (rgb[1] ?? 0) + 0.0722 * (rgb[2] ?? 0);
}
function toLinear(v: number): number {
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}
function toGamma(v: number): number {
  return v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055;
}
