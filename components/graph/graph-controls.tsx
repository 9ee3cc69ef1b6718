'use client';

import { BookOpen, Maximize, Minus, Plus, Waypoints } from 'lucide-react';
import type { RefObject } from 'react';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { GraphLegend } from './graph-legend.tsx';
import type { GraphScene } from './graph-scene.ts';

const STEP = 1.25;

/** Over the lower left of the drawing: zoom, fit, arrange, legend. */
export function GraphControls({ sceneRef }: { readonly sceneRef: RefObject<GraphScene | null> }) {
  return (
    <div className="absolute bottom-2.5 left-2.5 z-10 flex gap-2">
      <div role="group" aria-label="View of the graph" className="flex h-8 items-center rounded-panel border border-line bg-overlay px-px">
        <IconButton side="top" label="Zoom in" icon={<Plus />} onClick={() => sceneRef.current?.zoomBy(STEP)} />
        <IconButton side="top" label="Zoom out" icon={<Minus />} onClick={() => sceneRef.current?.zoomBy(1 / STEP)} />
        <IconButton side="top" label="Fit all in the window" icon={<Maximize />} onClick={() => sceneRef.current?.fit()} />
        <span className="mx-px h-4 w-px bg-line" aria-hidden />
        <IconButton side="top" label="Arrange anew (moved nodes go free)" icon={<Waypoints />} onClick={() => sceneRef.current?.relayout()} />
      </div>
      <Popover
        label="Legend"
        side="top"
        trigger={
          <Button icon={<BookOpen />} className="h-8 border-line bg-overlay">
            Legend
          </Button>
        }
        className="w-[560px] p-4"
      >
        <GraphLegend />
      </Popover>
    </div>
  );
}
