import type { Command } from './commands.ts';

/** `GET /help`: a line for each command. */
export function helpText(commands: readonly Command[]): string {
  return `admin commands are:\n${commands.map(({ path, help, changes }) => `  ${path}${changes === true ? ' (POST)' : ''}: ${help}\n`).join('')}`;
}

/** `GET /`: the same as a page; what changes something is a button. */
export function indexPage(commands: readonly Command[]): string {
  const rows = commands.map(({ path, help, changes }) => {
    const action = changes === true ? `<form action="${path}" method="post"><button>${path}</button></form>` : `<a href="${path}">${path}</a>`;
    return `<tr><td>${action}</td><td>${help}</td></tr>`;
  });
  return `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Proxy admin</title>\n<style>body{font:14px/1.5 sans-serif;margin:2rem}td{padding:.2rem 1rem .2rem 0;vertical-align:top}form{margin:0}</style></head>\n<body><h1>Proxy admin</h1>\n<table>\n${rows.join('\n')}\n</table></body>\n</html>\n`;
}
