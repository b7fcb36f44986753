import { createApp } from 'vue';
import '../style/base.css';
import HomePage from './HomePage.vue';

/** What the address names is watched: a replay, a session on air from its start, the library, or what is on air. */
async function start() {
  const asked = new URLSearchParams(location.search);
  for (const kind of ['replay', 'rewind'] as const) {
    const id = asked.get(kind);
    if (!id) continue;
    const { default: ReplayPage } = await import('../replay/ReplayPage.vue');
    createApp(ReplayPage, { kind, id }).mount('#app');
    return;
  }
  if (location.pathname === '/library') {
    const { default: LibraryPage } = await import('../library/LibraryPage.vue');
    createApp(LibraryPage).mount('#app');
    return;
  }
  createApp(HomePage).mount('#app');
}

void start();
