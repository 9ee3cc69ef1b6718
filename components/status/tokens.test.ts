import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { contrastRatio, parseColour, type LinearColour } from './colour-contrast.ts';

const css = readFileSync(new URL('../../app/globals.css', import.meta.url), 'utf8');
const themes = { light: tokensOf(':root'), dark: tokensOf("[data-theme='dark']") };
const SURFACES = ['surface-canvas', 'surface-chrome', 'surface-panel', 'surface-overlay', 'surface-sunken'];

test('black on white is 21:1', () => {
  assert.equal(contrastRatio({ rgb: [0, 0, 0], alpha: 1 }, { rgb: [1, 1, 1], alpha: 1 }), 21);
});

for (const [theme, tokens] of Object.entries(themes)) {
  const colour = (name: string): LinearColour => {
    const parsed = parseColour(tokens.get(name) ?? '');
    assert.ok(parsed, `--${name} is missing or not a colour in the ${theme} theme`);
    return parsed;
  };
  const atLeast = (ratio: number, front: string, back: string): void => {
    const got = contrastRatio(colour(front), colour(back));
    assert.ok(got >= ratio, `${theme}: --${front} on --${back} is ${got.toFixed(2)}:1, wants ${ratio}:1`);
  };

  test(`${theme}: text reaches 4.5:1 on every surface`, () => {
    for (const text of ['text-primary', 'text-secondary', 'text-tertiary', 'interactive-accent']) for (const surface of SURFACES) atLeast(4.5, text, surface);
    for (const token of ['code-keyword', 'code-property', 'code-string', 'code-number', 'code-comment']) atLeast(4.5, token, 'surface-panel');
  });

  test(`${theme}: labels of filled buttons reach 4.5:1`, () => {
    for (const kind of ['primary', 'danger', 'accent']) atLeast(4.5, `interactive-on-${kind}`, `interactive-${kind}`);
    atLeast(4.5, 'text-inverse', 'surface-inverse');
  });

  test(`${theme}: status, series, control outlines and focus rings reach 3:1 on canvas and panel`, () => {
    const status = ['healthy', 'degraded', 'failing', 'progressing', 'idle'].map((s) => `status-${s}-fg`);
    const series = Array.from({ length: 12 }, (_, i) => `series-${i + 1}`);
    for (const name of [...status, ...series, 'border-control', 'focus-ring', 'graph-edge', 'graph-node-border']) for (const surface of ['surface-canvas', 'surface-panel']) atLeast(3, name, surface);
  });
}

test('both themes define the same colours', () => {
  const light = [...themes.light.keys()].filter((name) => parseColour(themes.light.get(name) ?? '') !== undefined);
  assert.deepEqual(light.filter((name) => !themes.dark.has(name)), []);
  assert.deepEqual([...themes.dark.keys()].filter((name) => !themes.light.has(name)), []);
});

function tokensOf(selector: string): Map<string, string> {
  const start = css.indexOf(`\n${selector} {`);
  const block = css.slice(start, css.indexOf('\n}', start));
  return new Map([...block.matchAll(/--([\w-]+): ([^;]+);/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
}
