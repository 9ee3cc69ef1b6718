import type { Browser, CDPSession, Page } from '@playwright/test';

/** What a reader of a trace page waits for. Milliseconds. */
export interface PageFigures {
  /** The columns' request, answered from the server's cache. */
  readonly downloadMs: number;
  /** From the columns having arrived (undecoded) to the frame in which rows and bars are there. */
  readonly paintMs: number;
  /** Of it all, from opening the page, what the page's own thread computed: the same on a busy machine. */
  readonly loadCpuMs: number;
  /** Between frames while the list scrolls by 120 px in each: faster than a wheel is turned. */
  readonly frameP50Ms: number;
  readonly frameP95Ms: number;
  readonly frameMaxMs: number;
  /** What the page's own thread computed for a frame, on average. */
  readonly frameCpuMs: number;
  /** A word in the attributes of many spans: the warm question to the server, as the page asks it. */
  readonly findMs: number;
  /** From the key to the frame that shows it. */
  readonly collapseMs: number;
}

const FRAMES = 240;

/** Opens a trace's page twice (the second time with all caches warm) and measures it. Throws when its rows do not come. */
export async function measurePage(browser: Browser, { signInUrl, traceUrl }: { readonly signInUrl: string; readonly traceUrl: string }): Promise<PageFigures> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.goto(signInUrl);
    await open(page, traceUrl);
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await open(page, traceUrl);
    const loadCpuMs = await cpuMs(session);
    const loaded = await page.evaluate(() => {
      const at = (name: string): number => performance.getEntriesByName(name).at(-1)?.startTime ?? Number.NaN;
      const request = performance.getEntriesByType('resource').findLast((entry) => entry.name.endsWith('/columns'));
      return { downloadMs: request?.duration ?? Number.NaN, paintMs: at('trace-painted') - at('trace-arrived') };
    });
    const before = await cpuMs(session);
    const frames = await scrollThrough(page);
    const frameCpuMs = ((await cpuMs(session)) - before) / FRAMES;
    const findMs = await page.evaluate(async () => {
      const ask = async (word: string): Promise<number> => {
        const began = performance.now();
        await (await fetch(`/api/traces/${location.pathname.split('/').at(-1)}/find?q=${encodeURIComponent(word)}`)).arrayBuffer();
        return performance.now() - began;
      };
      await ask('items/1');
      const times: number[] = [];
      for (const word of ['items/42', 'items/77', 'items/123', '503', 'service-3']) times.push(await ask(word));
      return times.toSorted((a, b) => a - b)[2] ?? Number.NaN;
    });
    await page.getByRole('treegrid').focus();
    const collapseMs = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const began = performance.now();
          document.querySelector('[role=treegrid]')?.dispatchEvent(new KeyboardEvent('keydown', { key: '[', bubbles: true, cancelable: true }));
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
        }),
    );
    const sorted = frames.toSorted((a, b) => a - b);
    return { ...loaded, loadCpuMs, frameCpuMs, frameP50Ms: sorted[FRAMES >> 1] ?? Number.NaN, frameP95Ms: sorted[Math.floor(FRAMES * 0.95)] ?? Number.NaN, frameMaxMs: sorted.at(-1) ?? Number.NaN, findMs, collapseMs };
  } finally {
    await context.close();
  }
}

/** Time the page's thread was computing since the page was opened. */
async function cpuMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('treegrid').getByRole('row').first().waitFor({ timeout: 60_000 });
  await page.waitForFunction(() => performance.getEntriesByName('trace-painted').length > 0);
}

/** Time between frames while scrolling down all rows. */
function scrollThrough(page: Page): Promise<number[]> {
  return page.evaluate(
    (frames) =>
      new Promise<number[]>((resolve) => {
        const list = document.querySelector('[role=treegrid]');
        const times: number[] = [];
        let before = performance.now();
        const step = (now: number): void => {
          times.push(now - before);
          before = now;
          // A tree whose siblings are folded may be short: down and up again.
          if (list !== null) list.scrollTop = list.scrollTop + list.clientHeight >= list.scrollHeight ? 0 : list.scrollTop + 120;
          if (times.length <= frames) requestAnimationFrame(step);
          else resolve(times.slice(1));
        };
        requestAnimationFrame(step);
      }),
    FRAMES,
  );
}
