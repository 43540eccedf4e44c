import { byId, onPress, setText } from '../dom.js';

/** Who you are, and how to become somebody else. */
export function createAccount({ login, logout }) {
  const form = byId('login');
  const name = byId('user');
  const known = byId('logged-in');
  const leave = byId('logout');

  async function enter() {
    await login(name.value);
    if (!known.hidden) leave.focus();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void enter();
  });
  onPress(leave, async () => {
    await logout();
    if (!form.hidden) name.focus();
  });

  return function show({ principal }) {
    form.hidden = principal !== null;
    known.hidden = principal === null;
    setText(byId('principal'), principal ?? '');
  };
}
