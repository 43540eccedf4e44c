import { byId, onPress } from './dom.js';

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** What the library knows of the session. */
export function createSessionDetails({ touch, regenerate, destroy }) {
  let expiresAt = null;
  const buttons = [byId('touch'), byId('regenerate'), byId('destroy')];
  for (const [index, action] of [touch, regenerate, destroy].entries()) onPress(buttons[index], action);

  const showExpiry = () => (byId('session-expiry').textContent = remaining(expiresAt));
  setInterval(showExpiry, 1_000);

  return function show(session) {
    expiresAt = session.expiresAt;
    byId('session-handle').textContent = session.handle ?? 'none: nothing is stored yet';
    byId('session-handle').classList.toggle('code', session.handle !== null);
    byId('session-version').textContent = String(session.version);
    byId('session-created').textContent = session.createdAt === null ? '–' : TIME.format(session.createdAt);
    for (const button of buttons) button.disabled = session.isNew;
    showExpiry();
  };
}

/** How long it is until then, as far as seconds matter. */
function remaining(expiresAt) {
  if (expiresAt === null) return '–';
  const seconds = Math.ceil((expiresAt - Date.now()) / 1_000);
  if (seconds <= 0) return 'has ended';
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  if (hours > 0) return `in ${hours} h ${minutes} min without a request`;
  if (minutes > 0) return `in ${minutes} min ${seconds % 60} s without a request`;
  return `in ${seconds} s without a request`;
}
