import { describe, expect, it } from 'vitest';
import { serverGivesPage } from '../../src/screen/server_check';

const kPage = '<script type="module" src="/assets/screen-1.js"></script><div id="app"></div>';

/** Serves what it is given; everything else is 404. */
function server(files: Record<string, string>) {
  const asked: string[] = [];
  const get = async (address: RequestInfo | URL) => {
    asked.push(String(address));
    const text = files[String(address)];
    return new Response(text ?? '', { status: text === undefined ? 404 : 200 });
  };
  return { get: get as typeof fetch, asked };
}

describe('serverGivesPage', () => {
  it('asks for the page and for its scripts', async () => {
    const { get, asked } = server({ '/screen': kPage, '/assets/screen-1.js': 'go()' });
    expect(await serverGivesPage('/screen', get)).toBe(true);
    expect(asked).toEqual(['/screen', '/assets/screen-1.js']);
  });

  it.each([
    ['no page', {}],
    ['no script', { '/screen': kPage }],
    ['another page', { '/screen': '<h1>Log in to the hotel’s network</h1>' }],
  ])('refuses %s', async (_, files) => {
    expect(await serverGivesPage('/screen', server(files).get)).toBe(false);
  });

  it('refuses when nobody answers', async () => {
    const get = () => Promise.reject(new TypeError('Failed to fetch'));
    expect(await serverGivesPage('/screen', get)).toBe(false);
  });
});
