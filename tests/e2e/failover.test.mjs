// Two real senders, and a viewer that stays: the primary is killed and the backup is on air; it comes
// back and is taken again; an operator's order is stronger than both.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, Watched } from './support/browser.mjs';
import { sleep, until } from './support/node.mjs';
import { shown, startNodeOfTwo, startSender, watchColours } from './support/two_senders.mjs';

const kPatience = { timeoutMs: 15_000, everyMs: 50 };
const kReturnMs = 2_000;

let node, browser, watched;
const senders = {};

before(async () => {
  node = await startNodeOfTwo(`return_after_ms = ${kReturnMs}`);
  browser = await launchBrowser();
  senders.backup = await startSender(node, 'backup');
  senders.primary = await startSender(node, 'primary');
  watched = await Watched.open(browser, await node.url('/screen?channel=main'));
  await watched.page.evaluate(watchColours);
}, { timeout: 60_000 });

after(async () => {
  for (const sender of Object.values(senders)) await sender.stop();
  await browser?.close();
  await node?.remove();
});

const seen = () => watched.page.evaluate(() => window.seen);
const shows = (what) =>
  until(`the screen shows the ${what}`, async () => {
    const last = (await seen()).at(-1);
    return last?.what === what && last;
  }, kPatience);

test('the primary is on air when both are there', async () => {
  await until('the primary', async () => (await shown(node)) === 'primary', kPatience);
  await shows('primary');
});

test('a primary that is killed gives way to the backup, and is taken again', async (t) => {
  // What begins together is not asked to be stable: let that be over.
  await until('the primary has been on air for a while', async () => Date.now() - (await seen()).at(-1).at > 3_500, kPatience);
  const joins = watched.joins();
  const { connection } = await watched.reception();
  const killed = Date.now();
  await senders.primary.stop();
  const backup = await shows('backup');
  assert.equal(await shown(node), 'backup');
  senders.primary = await startSender(node, 'primary');
  const back = await shows('primary');
  const story = (await seen()).filter(({ at }) => at >= killed).map(({ what }) => what);
  assert.deepEqual(story, ['backup', 'primary'], 'nothing else was seen in between');
  assert.equal(watched.joins(), joins);
  assert.equal((await watched.reception()).connection, connection, 'the viewer stays on its connection');
  t.diagnostic(`on the screen ${backup.at - killed} ms after the kill; back after ` +
    `${back.at - backup.at} ms, of which ${kReturnMs} are asked for`);
});

test('each switch stands in the log and in the metrics', async () => {
  for (const words of ['backup on air instead of primary: no_data', 'primary on air instead of backup: return'])
    assert.ok(node.log.includes(words), words);
  const metrics = await node.metrics();
  assert.match(metrics, /^longmen_streamer_switches_total\{[^}]*to="backup"[^}]*why="no_data"[^}]*\} 1$/m);
  assert.match(metrics, /^longmen_streamer_shown\{[^}]*what="primary"[^}]*\} 1$/m);
  assert.match(metrics, /^longmen_feed_up\{[^}]*input="backup"[^}]*\} 1$/m);
});

test('an operator may force either', async () => {
  const link = /studio\/link#([\w-]+)/.exec(node.log)[1];
  const send = async (method, path, body, fields = {}) => fetch(await node.url(`/api/v1/${path}`), {
    method, headers: { 'Content-Type': 'application/json', 'X-Longmen-Request': '1', ...fields },
    body: JSON.stringify(body),
  });
  const entered = await send('POST', 'links/redeem', { token: link, name: 'li', password: 'correct horse battery' });
  const cookie = entered.headers.get('set-cookie').split(';')[0];
  const order = async (what) => {
    const answer = await send('PATCH', 'channels/main/air', { order: what }, { Cookie: cookie, 'If-Match': '*' });
    assert.equal(answer.status, 200, await answer.text());
  };
  await order('backup');
  await shows('backup');
  await sleep(kReturnMs + 500); // by rule it would go back
  assert.equal(await shown(node), 'backup');
  await order('primary');
  await shows('primary');
  await order('auto');
  assert.deepEqual(watched.complaints, []);
});
