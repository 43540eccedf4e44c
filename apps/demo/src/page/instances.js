import { byId, create, onPress, paintBadge } from './dom.js';

const LIST = '/__demo/instances';
const LOOK_EVERY_MS = 1_000;

const STATES = {
  up: 'in rotation',
  silent: 'does not answer',
  starting: 'starting …',
  stopping: 'finishing its requests …',
  stopped: 'stopped',
};

/** The instances as the balancer sees them, each with a button to stop or start it. */
export function createInstances() {
  const rows = new Map();

  async function look() {
    const response = await fetch(LIST).catch(() => null);
    if (response?.status === 404) return byId('instances-hint').replaceChildren(onlyAtTheBalancer());
    if (!response?.ok) return;
    for (const instance of await response.json()) {
      if (!rows.has(instance.name)) rows.set(instance.name, createRow(instance.name, look));
      rows.get(instance.name).show(instance);
    }
  }

  void look();
  setInterval(() => document.hidden || void look(), LOOK_EVERY_MS);
}

function createRow(name, look) {
  const badge = create('span', { className: 'badge', ariaHidden: 'true' });
  paintBadge(badge, name);
  const state = create('span', { role: 'status' });
  const button = create('button', { type: 'button', className: 'small' });
  const element = create('li', {}, badge, create('div', { className: 'name' }, `Instance ${name}`, state), button);
  byId('instances').append(element);

  let action = 'stop';
  onPress(button, async () => {
    const done = fetch(`${LIST}/${name}/${action}`, { method: 'POST' }).catch(() => null);
    await look();
    await done;
    await look();
  });

  return {
    show(instance) {
      action = instance.state === 'stopped' ? 'start' : 'stop';
      const where = instance.pid === null ? '' : `, process ${instance.pid}`;
      setText(state, `${STATES[instance.state] ?? instance.state}${where}`);
      setText(button, action === 'start' ? 'Start' : 'Stop');
      button.ariaLabel = `${button.textContent} instance ${name}`;
      button.disabled = instance.state === 'starting' || instance.state === 'stopping';
      element.classList.toggle('off', instance.state !== 'up');
    },
  };
}

/** Only what has changed is written, for it is read aloud. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function onlyAtTheBalancer() {
  return 'You look at one instance alone. Stopping and starting is the balancer’s: open its address.';
}
