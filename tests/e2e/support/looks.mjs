// How a page looks to people: in both languages, from a phone to a 4K wall. What is checked is what a
// machine can see (axe, nothing beside the page, nothing cut off); the pictures are for people, and
// taken when LONGMEN_E2E_SHOTS says where they go.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { screenshot } from './browser.mjs';

export const kPhone = { width: 390, height: 844 };
export const kDesks = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
];

export async function axeClean(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
}

// Runs in the page: what of it is beside the window, or does not fit into its own box.
function misfits() {
  const width = document.documentElement.clientWidth;
  const scrolls = (of) => {
    for (let each = of; each; each = each.parentElement)
      if (/auto|scroll/.test(getComputedStyle(each).overflowX)) return true;
    return false;
  };
  const found = [];
  for (const each of document.querySelectorAll('h1,h2,h3,p,button,a,input,select,textarea,label,th,td,dt,dd,li,legend')) {
    const box = each.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || !each.checkVisibility() || each.closest('.unseen')) continue;
    const words = `<${each.tagName.toLowerCase()} class="${each.className}"> ${(each.textContent || each.name || '').trim().slice(0, 40)}`;
    if ((box.right > width + 1 || box.left < -1) && !scrolls(each.parentElement)) found.push(`beside the page: ${words}`);
    const whole = each.tagName === 'BUTTON' || each.tagName === 'LEGEND' || /^H\d$/.test(each.tagName);
    if (whole && each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1) found.push(`cut off: ${words}`);
  }
  return found;
}

const settle = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

// The page as it is now, in both languages and at each of `sizes`. Ends in the language and the size in
// which it began.
export async function lookAt(page, name, { sizes = kDesks } = {}) {
  const before = page.viewportSize();
  const first = await page.locator('html').getAttribute('lang');
  const tags = ['zh-CN', 'en'].sort((one) => (one === first ? 1 : -1));
  for (const tag of tags) {
    await page.locator(`.languages button[lang="${tag}"]`).evaluate((button) => button.click());
    await page.locator(`html[lang="${tag}"]`).waitFor();
    await lookOnce(page, `${name}-${tag.slice(0, 2)}`, sizes);
  }
  await page.setViewportSize(before);
}

// A page without a choice of its own, in the language that it has.
export async function lookOnce(page, name, sizes = kDesks) {
  const before = page.viewportSize();
  for (const size of sizes) {
    await page.setViewportSize(size);
    await settle(page);
    assert.deepEqual(await page.evaluate(misfits), [], `${name} at ${size.width}x${size.height}`);
    if (process.env.LONGMEN_E2E_SHOTS) await screenshot(page, `${name}-${size.width}`);
  }
  await axeClean(page);
  await page.setViewportSize(before);
}
