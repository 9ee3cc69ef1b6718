import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable', '/snap/bin/chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];

/**
 * A browser for the end-to-end tests. Undefined: Playwright's own is installed. Otherwise the path of the system's
 * Chromium; when there is none, tries Playwright's download, then the package manager (as root), then says what to install.
 */
export function findBrowser(root, node, say) {
  if (process.env.BINNACLE_BROWSER) return process.env.BINNACLE_BROWSER;
  if (playwrightHasBrowser(root, node)) return undefined;
  const system = SYSTEM.find((path) => existsSync(path));
  if (system !== undefined) return system;
  say('Downloading a browser for the end-to-end tests');
  spawnSync(node, [join(root, 'node_modules/playwright/cli.js'), 'install', '--only-shell', 'chromium'], { cwd: root, stdio: 'ignore', timeout: 180_000 });
  if (playwrightHasBrowser(root, node)) return undefined;
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('That did not work; installing Chromium with apt-get');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update'], { stdio: 'ignore', env });
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore', env });
    const installed = SYSTEM.find((path) => existsSync(path));
    if (installed !== undefined) return installed;
  }
  throw new Error('The end-to-end tests need a browser: install Chromium with your package manager (Debian: apt-get install chromium), or allow "npx playwright install chromium", and run npm test again.');
}

function playwrightHasBrowser(root, node) {
  const code = "const {chromium}=require('playwright');process.stdout.write(chromium.executablePath())";
  const path = spawnSync(node, ['-e', code], { cwd: root, encoding: 'utf8' }).stdout;
  return path !== '' && existsSync(path);
}
