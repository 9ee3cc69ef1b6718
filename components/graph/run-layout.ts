import ELK, { type ElkNode } from 'elkjs/lib/elk-api.js';
import { fromElk, toElk, type GraphLayout, type Size } from './layout-graph.ts';
import { placeNewNodes } from './place-new-nodes.ts';
import type { SceneElement } from './graph-elements.ts';

/** Gives up on the worker after this long: an arrangement of lesser quality is better than none. */
const PATIENCE_MS = 12_000;

/** Arranges whole drawings in a worker. */
export interface LayoutRunner {
  /** Never rejects: without the worker's answer the plain fallback arranges, without routes. */
  arrange(elements: readonly SceneElement[], nameSize: (element: SceneElement) => Size): Promise<GraphLayout>;
  stop(): void;
}

/** Starts the worker when first asked. */
export function createLayoutRunner(): LayoutRunner {
  let elk: { layout(graph: ElkNode): Promise<ElkNode>; terminateWorker(): void } | undefined;
  let stopped = false;
  let stopWaiting = (): void => undefined;
  const drop = (): void => {
    elk?.terminateWorker();
    elk = undefined;
  };
  return {
    stop: () => {
      stopped = true;
      stopWaiting();
      drop();
    },
    arrange: async (elements, nameSize) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      try {
        elk ??= new ELK({ workerFactory: () => new Worker(new URL('./layout-worker.ts', import.meta.url)) });
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`No layout within ${PATIENCE_MS / 1000} s.`)), PATIENCE_MS);
          stopWaiting = () => reject(new Error('The drawing is gone.'));
        });
        return fromElk(await Promise.race([elk.layout(toElk(elements, nameSize)), late]), elements);
      } catch (error) {
        if (!stopped) console.warn('The layout worker failed; arranging plainly.', error);
        drop();
        return plainLayout(elements);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function plainLayout(elements: readonly SceneElement[]): GraphLayout {
  const links = elements.flatMap(({ source, target }) => (source === undefined || target === undefined ? [] : [{ source, target }]));
  return { places: placeNewNodes(new Map(), elements.filter((element) => element.group === 'node').map((element) => element.id), links), routes: new Map() };
}
