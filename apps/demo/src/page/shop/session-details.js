import { byId, onPress, setText } from '../dom.js';

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** What the library knows of the session, and what is in it. */
export function createSessionDetails({ touch, regenerate, destroy }) {
  let expiresAt = null;
  const buttons = [byId('touch'), byId('regenerate'), byId('destroy')];
  for (const [index, action] of [touch, regenerate, destroy].entries()) onPress(buttons[index], action);

  const showExpiry = () => setText(byId('session-expiry'), remaining(expiresAt));
  setInterval(showExpiry, 1_000);

  return function show(session) {
    expiresAt = session.expiresAt;
    setText(byId('session-handle'), session.handle ?? 'none: nothing is stored yet');
    byId('session-handle').title = session.handle ?? '';
    setText(byId('session-version'), String(session.version));
    setText(byId('session-data'), JSON.stringify(session.data, null, 1));
    setText(byId('session-created'), session.createdAt === null ? '–' : TIME.format(session.createdAt));
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
  if (hours > 0) return `in ${hours} h ${minutes} min if idle`;
  if (minutes > 0) return `in ${minutes} min ${seconds % 60} s if idle`;
  return `in ${seconds} s if idle`;
}
