/** Where this browser keeps its preferences (localStorage). */
export const PREFERENCE_KEY = 'binnacle.preferences';

/**
 * Runs in the document's head, before the first paint: without it a dark page would flash white. Must stay in step
 * with `apply` of preferences.ts; it is text because nothing of the bundle is loaded yet.
 */
export const PREFERENCE_SCRIPT = `(function(){var p={};try{p=JSON.parse(localStorage.getItem('${PREFERENCE_KEY}'))||{}}catch(e){}var d=document.documentElement;var t=p.theme;d.dataset.theme=t==='light'||t==='dark'?t:matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light';if(p.sidebar==='collapsed')d.dataset.sidebar='collapsed';if(p.density==='compact')d.dataset.density='compact'})()`;
