import type { GraphEdge } from '#server/graph/core/graph-model.ts';
import { pointAlong, type Path } from './edge-path.ts';
import type { GraphTheme } from './graph-theme.ts';
import { dotsAt, motionOf, seedOf, type Motion } from './traffic-motion.ts';

/** Frames per second: enough for dots, half the work of every frame. */
const FRAME_MS = 1000 / 30;
/** Dots painted at most; a graph that wants more shows some edges still. */
const DOT_BUDGET = 900;

/** Screen px between dots at the least. */
const LEAST_SPACING = 13;
/** Dots sent before the first frame: edges are full from the start. */
const SENT_BEFORE = 2000;

interface Stream {
  readonly motion: Motion;
  readonly seed: number;
  /** px the stream has moved so far; kept over refreshes, so that dots never jump. */
  travelled: number;
}
export interface Viewport {
  readonly pan: { readonly x: number; readonly y: number };
  readonly zoom: number;
}
/** Dots that run along the edges, on a canvas of their own. */
export interface TrafficAnimation {
  setEdges(edges: readonly GraphEdge[]): void;
  setTheme(theme: GraphTheme): void;
  /** Starts or stops; stopped, the canvas is empty. */
  setRunning(running: boolean): void;
  stop(): void;
}

/** `pathOf` gives the line of an edge in graph px, `undefined` while it has none; `viewport` where it is looked from. */
export function animateTraffic(canvas: HTMLCanvasElement, pathOf: (id: string) => Path | undefined, viewport: () => Viewport, firstTheme: GraphTheme): TrafficAnimation {
  const streams = new Map<string, Stream>();
  let theme = firstTheme;
  let request: number | undefined;
  let last = 0;
  const frame = (now: number): void => {
    request = requestAnimationFrame(frame);
    const elapsed = now - last;
    if (elapsed < FRAME_MS - 2) return;
    last = now;
    // After a pause (hidden tab) the streams go on where they were.
    for (const stream of streams.values()) stream.travelled += (stream.motion.speed * Math.min(elapsed, 100)) / 1000;
    paint();
  };
  const paint = (): void => {
    const context = canvas.getContext('2d');
    if (context === null) return;
    const ratio = canvas.width / Math.max(1, canvas.clientWidth);
    const { pan, zoom } = viewport();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * pan.x, ratio * pan.y);
    // On the screen dots keep a size that is seen, however far away the graph is.
    const radius = Math.max(2.4, 1.9 / zoom);
    const bounds = { left: -pan.x / zoom, top: -pan.y / zoom, right: (canvas.clientWidth - pan.x) / zoom, bottom: (canvas.clientHeight - pan.y) / zoom };
    let budget = DOT_BUDGET;
    for (const [id, stream] of streams) {
      const path = pathOf(id);
      if (path === undefined || path.length < 8 || budget <= 0) continue;
      // From afar dots would run together: only every second, third … is painted.
      const stride = Math.max(1, Math.ceil(LEAST_SPACING / (stream.motion.spacing * zoom)));
      for (const dot of dotsAt(stream.motion, stream.travelled, path.length, stream.seed)) {
        if (dot.n % stride !== 0 && !dot.isError) continue;
        const { x, y } = pointAlong(path, dot.at);
        if (x < bounds.left || x > bounds.right || y < bounds.top || y > bounds.bottom) continue;
        budget -= 1;
        if (dot.isError) diamond(context, x, y, radius * 1.9, theme.status.failing, theme.canvas);
        else if (stream.motion.shape === 'bytes') square(context, x, y, radius, theme.status.tcp);
        else disc(context, x, y, radius, theme.particle, theme.canvas);
      }
    }
  };
  const clear = (): void => {
    if (request !== undefined) cancelAnimationFrame(request);
    request = undefined;
    const context = canvas.getContext('2d');
    context?.setTransform(1, 0, 0, 1, 0, 0);
    context?.clearRect(0, 0, canvas.width, canvas.height);
  };
  return {
    setEdges: (edges) => {
      const old = new Map(streams);
      streams.clear();
      for (const edge of edges) {
        const motion = motionOf(edge);
        if (motion === undefined) continue;
        const before = old.get(edge.id);
        const seed = seedOf(edge.id);
        // A new spacing would shift every dot: the phase is kept, the count of dots sent starts anew.
        const phase = before === undefined ? (seed % 1000) / 1000 : (before.travelled / before.motion.spacing) % 1;
        const sent = before === undefined ? SENT_BEFORE : Math.floor(before.travelled / before.motion.spacing);
        streams.set(edge.id, { motion, seed, travelled: (sent + phase) * motion.spacing });
      }
    },
    setTheme: (next) => {
      theme = next;
    },
    setRunning: (running) => {
      if (running && request === undefined) {
        last = performance.now();
        request = requestAnimationFrame(frame);
      } else if (!running) clear();
    },
    stop: clear,
  };
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string, rim: string): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.strokeStyle = rim;
  context.lineWidth = radius * 0.35;
  context.stroke();
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string, rim: string): void {
  context.beginPath();
  context.moveTo(x, y - radius);
  context.lineTo(x + radius, y);
  context.lineTo(x, y + radius);
  context.lineTo(x - radius, y);
  context.closePath();
  context.fillStyle = color;
  context.fill();
  context.strokeStyle = rim;
  context.lineWidth = radius * 0.2;
  context.stroke();
}

function square(context: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string): void {
  context.fillStyle = color;
  context.fillRect(x - radius * 0.8, y - radius * 0.8, radius * 1.6, radius * 1.6);
}
