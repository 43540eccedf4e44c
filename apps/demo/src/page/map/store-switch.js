import { byId, create, onPress, setText } from '../dom.js';
import { act } from '../lab/lab-api.js';

/**
 * A button for each way of sharing sessions, and a sentence about the one that is used.
 * @param switched called when the cluster answers again on another store
 */
export function createStoreSwitch({ switched }) {
  const buttons = new Map();
  const words = byId('store-words');
  let current;

  async function choose(store) {
    setText(byId('map-trouble'), '');
    const trouble = await act('/store', { store });
    if (trouble !== undefined) setText(byId('map-trouble'), trouble);
  }

  return function showView(view) {
    for (const store of view.stores) {
      if (buttons.has(store)) continue;
      const button = create('button', { type: 'button', className: 'small' }, store);
      onPress(button, () => button.ariaDisabled !== 'true' && choose(store));
      buttons.set(store, button);
      byId('stores').append(button);
    }
    const busy = view.switchingTo !== undefined || view.running !== undefined;
    for (const [store, button] of buttons) {
      const chosen = store === (view.switchingTo ?? view.store);
      button.ariaPressed = String(chosen);
      // Not `disabled`: the focus would be lost while the cluster restarts.
      button.ariaDisabled = String(busy || chosen);
    }
    setText(words, sentence(view));
    if (view.switchingTo !== undefined) return;
    if (current !== undefined && current !== view.store) switched();
    current = view.store;
  };
}

function sentence({ description, switchingTo }) {
  if (switchingTo === undefined) return `Now: ${description}.`;
  return `The cluster restarts on ${switchingTo}. This page stays; what you had is left behind in the old store.`;
}
