/** Colours of the drawing, as `rgba(…)`: Cytoscape and canvases do not read OKLCH or CSS variables. */
export interface GraphTheme {
  readonly canvas: string;
  readonly nodeBg: string;
  readonly nodeBorder: string;
  readonly nodeText: string;
  readonly secondaryText: string;
  readonly boxBg: Rgba;
  readonly boxBorder: string;
  readonly edge: string;
  readonly labelBg: string;
  readonly labelBorder: string;
  readonly selected: string;
  readonly particle: string;
  readonly badgeBg: string;
  readonly status: Readonly<Record<'healthy' | 'degraded' | 'failing' | 'not-ready' | 'idle' | 'tcp', string>>;
  readonly font: string;
}
interface Rgba {
  /** `rgb(r, g, b)` */
  readonly color: string;
  readonly opacity: number;
}

/** Reads the page's tokens as they are now: call again when the theme changes. */
export function readGraphTheme(): GraphTheme {
  const style = getComputedStyle(document.documentElement);
  const solid = (token: string): string => toRgba(style.getPropertyValue(token)).css;
  const box = toRgba(style.getPropertyValue('--graph-box-bg'));
  return {
    canvas: solid('--graph-canvas'),
    nodeBg: solid('--graph-node-bg'),
    nodeBorder: solid('--graph-node-border'),
    nodeText: solid('--graph-node-text'),
    secondaryText: solid('--text-secondary'),
    boxBg: { color: box.rgb, opacity: box.opacity },
    boxBorder: solid('--graph-box-border'),
    edge: solid('--graph-edge'),
    labelBg: solid('--graph-label-bg'),
    labelBorder: solid('--border-default'),
    selected: solid('--graph-selected'),
    particle: solid('--graph-particle'),
    badgeBg: solid('--surface-overlay'),
    status: {
      healthy: solid('--status-healthy-fg'),
      degraded: solid('--status-degraded-fg'),
      failing: solid('--status-failing-fg'),
      'not-ready': solid('--status-idle-fg'),
      idle: solid('--status-idle-fg'),
      tcp: solid('--graph-edge-tcp'),
    },
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** Lets the browser convert any CSS colour: the pixel it paints is the answer. */
export function toRgba(color: string): { css: string; rgb: string; opacity: number } {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return { css: color, rgb: color, opacity: 1 };
  context.fillStyle = color.trim();
  context.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, a = 255] = context.getImageData(0, 0, 1, 1).data;
  const opacity = Math.round((a / 255) * 1000) / 1000;
  return { css: opacity === 1 ? `rgb(${r}, ${g}, ${b})` : `rgba(${r}, ${g}, ${b}, ${opacity})`, rgb: `rgb(${r}, ${g}, ${b})`, opacity };
}
