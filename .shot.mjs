import { chromium } from 'playwright';
import { readFileSync } from 'node:fs';
const C=JSON.parse(readFileSync('/tmp/dd-problems/run/endpoints.json')).console, T=readFileSync('/tmp/dd-problems/server/admin-token','utf8').trim();
const link=async()=>(await (await fetch(C+'/api/sign-in-links',{method:'POST',headers:{authorization:'Bearer '+T,'content-type':'application/json'},body:'{}'})).json()).url;
const b=await chromium.launch({executablePath:'/usr/bin/chromium'});
const PAGES=JSON.parse(process.argv[2]); const combos=(process.argv[3]??'light1280,dark1280,light768,dark768').split(',');
for(const c of combos){const theme=c.startsWith('dark')?'dark':'light',w=Number(c.replace(/\D/g,''));
const ctx=await b.newContext({viewport:{width:w,height:w===768?1024:800},colorScheme:theme,reducedMotion:'reduce'});const p=await ctx.newPage();p.on('console',m=>{if(m.type()==='error')console.log(c,m.text().slice(0,300))});
await p.goto(await link());
for(const [n,u,click] of PAGES){await p.goto(C+u);await p.getByRole('main').first().waitFor();await p.locator('[aria-busy="true"]').first().waitFor({state:'detached',timeout:15000}).catch(()=>{});await p.waitForTimeout(1200);
if(click){for(const s of [].concat(click)){await p.getByRole('button',{name:new RegExp(s)}).first().click();await p.waitForTimeout(900);}}
await p.screenshot({path:`/tmp/shots/pages/${n}-${c}.png`});const ow=await p.evaluate(()=>document.documentElement.scrollWidth);if(ow>w)console.log(n,c,'WIDE',ow);}
await ctx.close();}
await b.close();
