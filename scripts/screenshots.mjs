// `node scripts/screenshots.mjs [--data-dir DIR] [--out DIR] [NAME …]`: takes the README's pictures from the running system. Plain JavaScript.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { findBrowser } from './lib/browser.mjs';
import { runtimeNode } from './lib/install.mjs';
import { SHOTS } from './lib/screenshot-shots.mjs';

const SETTLED_MS = 25_000;
const PAUSE_MS = 400;
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** Gives the exit code: 1 when a picture that could be taken was not. */
async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'data-dir': { type: 'string', default: '.binnacle' }, out: { type: 'string', default: 'docs/images' } } });
  const unknown = positionals.find((name) => !SHOTS.some((s) => s.name === name));
  if (unknown !== undefined) throw new Error(`There is no picture "${unknown}"; there are: ${SHOTS.map((s) => s.name).join(', ')}.`);
  const wanted = positionals.length === 0 ? SHOTS : SHOTS.filter((s) => positionals.includes(s.name));
  const dataDir = resolve(root, values['data-dir']);
  const out = resolve(root, values.out);
  mkdirSync(out, { recursive: true });
  const call = apiOf(dataDir);

  const browser = await chromium.launch(launchOptions());
  const problems = [];
  try {
    for (const theme of ['light', 'dark']) {
      const shots = wanted.filter((s) => (s.theme ?? 'light') === theme);
      if (shots.length === 0) continue;
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1, colorScheme: theme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      // The request of a link just made: the session cookie is set, and no picture shows the link.
      await page.goto((await call('/api/sign-in-links', { method: 'POST', body: '{}' })).url);
      for (const shot of shots) problems.push(...(await take(page, shot, call, out)).map((text) => `${shot.name}: ${text}`));
      await context.close();
    }
  } finally {
    await browser.close();
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

/** Takes one picture; gives what went wrong on its page. */
async function take(page, shot, call, out) {
  const path = await shot.open(call);
  if (path === undefined) {
    console.log(`${shot.name}: nothing to show yet, skipped`);
    return [];
  }
  const problems = [];
  const onConsole = (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text().split('\n')[0]}`);
  };
  const onError = (error) => problems.push(`page: ${error.message.split('\n')[0]}`);
  page.on('console', onConsole);
  page.on('pageerror', onError);
  try {
    const answer = await page.goto(new URL(path, page.url()).href);
    if (answer !== null && answer.status() >= 400) problems.push(`${path} answered ${answer.status()}`);
    await page.locator('main').first().waitFor();
    if (shot.ready !== undefined) await page.locator(shot.ready).first().waitFor({ timeout: SETTLED_MS });
    await shot.act?.(page);
    const picture = await settled(page);
    writeFileSync(join(out, `${shot.name}.png`), picture);
    console.log(`${shot.name}: ${path} (${Math.round(picture.length / 1024)} KiB)`);
  } catch (error) {
    problems.push(error.message.split('\n')[0]);
    writeFileSync(join(out, `${shot.name}.png`), await page.screenshot());
  } finally {
    page.off('console', onConsole);
    page.off('pageerror', onError);
  }
  return [...new Set(problems)];
}

/** The page once nothing loads and two pictures in a row are the same; a page that keeps moving is taken at the end of the wait. */
async function settled(page) {
  const end = Date.now() + SETTLED_MS;
  await page.waitForFunction(() => document.fonts.status === 'loaded' && document.querySelector('main [aria-busy="true"], main .animate-shimmer') === null, undefined, { timeout: SETTLED_MS }).catch(() => {
    throw new Error('something on the page is still loading');
  });
  let last = await page.screenshot();
  while (Date.now() < end) {
    await page.waitForTimeout(PAUSE_MS);
    const next = await page.screenshot();
    if (next.equals(last)) return next;
    last = next;
  }
  return last;
}

/** Calls the console's API with the start command's token; throws with one sentence when the system is not up. */
function apiOf(dataDir) {
  const file = join(dataDir, 'run', 'endpoints.json');
  if (!existsSync(file)) throw new Error(`Nothing runs on the data directory ${dataDir}; start it with "npm start".`);
  const { console: base } = JSON.parse(readFileSync(file, 'utf8'));
  const token = readFileSync(join(dataDir, 'server', 'admin-token'), 'utf8').trim();
  return async (path, init = {}) => {
    const answer = await fetch(`${base}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } }).catch((cause) => {
      throw new Error(`The console at ${base} does not answer; start it with "npm start".`, { cause });
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 200)}`);
    return answer.json();
  };
}

function launchOptions() {
  const browser = findBrowser(root, runtimeNode(root), console.log);
  return browser === undefined ? {} : { executablePath: browser };
}
