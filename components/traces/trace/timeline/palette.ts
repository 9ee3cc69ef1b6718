/** Colours a canvas needs, which takes no `var(…)`: tokens as the page has them now. */
export interface Palette {
  /** By index of a service in the trace. */
  readonly services: readonly string[];
  readonly text: string;
  readonly quietText: string;
  readonly panel: string;
  readonly line: string;
  readonly failing: string;
  readonly accent: string;
  readonly font: string;
}

/** Reads the tokens at an element. Again after the theme has changed. */
export function readPalette(element: Element, serviceColors: readonly string[]): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    services: serviceColors.map((color) => token(/--[\w-]+/.exec(color)?.[0] ?? '')),
    text: token('--text-primary'),
    quietText: token('--text-secondary'),
    panel: token('--surface-canvas'),
    line: token('--border-subtle'),
    failing: token('--status-failing-fg'),
    accent: token('--interactive-accent'),
    font: `11px ${style.fontFamily}`,
  };
}

/** Makes a canvas as sharp as the screen; its context counts in CSS pixels. `undefined` where there is no 2D context. */
export function prepareCanvas(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | undefined {
  const scale = window.devicePixelRatio || 1;
  const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext('2d') ?? undefined;
  context?.setTransform(scale, 0, 0, scale, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}
