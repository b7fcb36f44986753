// The relay's limits, as a player meets them: status, words, Retry-After, metrics, and a reload.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kRelay = `address = "127.0.0.1"
public_address = "127.0.0.1"
max_viewers_per_address = 2
max_pending_handshakes = 3
`;

let node;
let offer;
before(async () => {
  offer = await readFile(new URL('../core/sdp/offers/chromium_156.sdp', import.meta.url));
  node = await ServedNode.start({ relay: kRelay });
});
after(() => node?.remove());

async function post() {
  return fetch(await node.url('/whep/main'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/sdp' },
    body: offer,
  });
}

async function joins(result) {
  const text = await node.metrics();
  const line = new RegExp(`^longmen_viewer_joins_total\\{.*"${result}".*\\} (\\d+)$`, 'm');
  return Number(text.match(line)?.[1] ?? 0);
}

async function assertRefused(response, status, words) {
  assert.equal(response.status, status);
  assert.match(response.headers.get('Retry-After'), /^\d+$/);
  assert.equal(response.headers.get('Content-Type'), 'application/problem+json');
  assert.match((await response.json()).detail, words);
}

test('who is over a limit is told so, and limits change with a reload', async () => {
  const first = await post();
  assert.equal(first.status, 201);
  assert.equal((await post()).status, 201);
  await assertRefused(await post(), 429, /from your address/);
  assert.equal(await joins('address_full'), 1);

  await node.reload((text) => text.replace('per_address = 2', 'per_address = 9'));
  await until('the new limit counts', async () => (await post()).status === 201);
  await assertRefused(await post(), 503, /connecting/);
  assert.equal(await joins('pending_full'), 1);

  const gone = new URL(first.headers.get('Location'), first.url);
  assert.equal((await fetch(gone, { method: 'DELETE' })).status, 200);
  assert.equal((await post()).status, 201, 'the place is free again');
});

test('a limit that cannot be is named, and changes nothing', async () => {
  await node.reload((text) => text.replace('handshakes = 3', 'handshakes = 0'));
  const words = 'relay.max_pending_handshakes = 0: a whole number from 1 to 100000 is allowed';
  await until('the mistake is in the log', () => node.log.includes(words));
  await assertRefused(await post(), 503, /connecting/);
});
