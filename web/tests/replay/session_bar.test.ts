import { createSSRApp, defineComponent, h } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { describe, expect, it, vi } from 'vitest';
import SessionBar from '../../src/replay/SessionBar.vue';

const { bar } = vi.hoisted(() => ({ bar: { told: null as unknown, seeks: 0 } }));
vi.mock('../../src/replay/SeekBar.vue', () => ({
  default: defineComponent({
    inheritAttrs: false,
    props: {
      position: { type: Number, required: true },
      duration: { type: Number, required: true },
    },
    emits: ['seek', 'look'],
    setup(props, { emit }) {
      bar.told = [props.position, props.duration];
      emit('seek', bar.seeks);
      return () => h('i');
    },
  }),
}));

async function rewound(seeks: number, nowMs = 700_000) {
  bar.seeks = seeks;
  const asked: number[] = [];
  const props = { channel: 'main', token: '', startMs: 100_000, nowMs, onRewind: (seconds: number) => asked.push(seconds) };
  await renderToString(createSSRApp(SessionBar, props));
  return asked;
}

describe('the bar of a session on air', () => {
  it('spans it, up to what is on show', async () => {
    await rewound(600);
    expect(bar.told).toEqual([600, 600]);
    await rewound(0, 99_000);
    expect(bar.told).toEqual([0, 0]);
  });

  it('leads to what is before, and not to what is on show', async () => {
    expect(await rewound(0)).toEqual([0]);
    expect(await rewound(595)).toEqual([595]);
    expect(await rewound(598)).toEqual([]);
    expect(await rewound(600)).toEqual([]);
  });
});
