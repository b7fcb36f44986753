/** Runs what belongs to a component, its watchers and hooks of mounting, without a page. */
import { createRenderer, defineComponent } from 'vue';

interface Node {
  parent: Node | null;
}
const node = (): Node => ({ parent: null });
const { createApp } = createRenderer<Node, Node>({
  patchProp() {},
  insert: (child, parent) => void (child.parent = parent),
  remove() {},
  createElement: node,
  createText: node,
  createComment: node,
  setText() {},
  setElementText() {},
  parentNode: ({ parent }) => parent,
  nextSibling: () => null,
});

/** @returns what ends it. */
export function mounted(setup: () => void): () => void {
  const app = createApp(
    defineComponent(() => {
      setup();
      return () => null;
    }),
  );
  app.mount(node());
  return () => app.unmount();
}
