import { byId, onPress, setText } from '../dom.js';
import { countIn } from './basket.js';

/**
 * The way through the first minute: each step is marked when it is done, and the last one says what has become of the session.
 * @param actions what the buttons do: `kill` and `bringBack` take an instance's name
 */
export function createSteps({ kill, bringBack, look }) {
  const button = byId('kill-mine');
  /** The instance of the last answer, the session as it was before the kill, who was killed, and every instance's state. */
  let server = null;
  let session = null;
  let before = null;
  let victim = null;
  let states = new Map();

  onPress(byId('go-on'), look);
  onPress(button, async () => {
    if (isDown(victim)) await bringBack(victim);
    else await killServer();
  });

  function killServer() {
    [victim, before] = [server, session];
    return kill(victim);
  }

  function isDown(name) {
    return name !== null && states.get(name) === 'down';
  }

  function showButton() {
    if (isDown(victim)) setText(button, `Bring ${victim} back`);
    else setText(button, server === null ? 'Kill it' : `Kill instance ${server}`);
    button.disabled = server === null || (!isDown(victim) && states.get(server) === 'down');
  }

  return {
    showSession(next) {
      [session, server] = [next, next.instance];
      mark('step-login', next.principal !== null);
      mark('step-basket', countIn(next) > 0);
      if (before !== null && isDown(victim)) showVerdict(before, next);
      showButton();
    },
    showView({ instances }) {
      states = new Map(instances.map(({ name, state }) => [name, state]));
      // Killed on the map, it was killed all the same.
      if (!isDown(victim) && isDown(server)) [victim, before] = [server, session];
      mark('step-kill', isDown(victim));
      showButton();
    },
    /** Another store knows nothing of what was. */
    forget() {
      [before, victim] = [null, null];
      mark('step-kill', false);
      mark('step-on', false);
      say('Are you still known, is the basket still full?');
      showButton();
    },
  };
}

function showVerdict(before, now) {
  const kept = now.principal === before.principal && countIn(now) >= countIn(before);
  // Who was a stranger before has shown nothing.
  if (before.principal === null && kept) return say('Nobody was logged in: log in, and kill another one.');
  mark('step-on', true, kept);
  const who = now.principal === null ? 'a stranger' : now.principal;
  say(
    `Instance ${now.instance} answers: you are ${who}, ${countIn(now)} in the basket. ${kept ? 'Nothing is lost.' : 'It is lost.'}`,
  );
}

function mark(id, done, well = true) {
  const step = byId(id);
  step.classList.toggle('done', done && well);
  step.classList.toggle('lost', done && !well);
}

function say(text) {
  const place = byId('step-on').querySelector('.say');
  if (place !== null) setText(place, text);
}
