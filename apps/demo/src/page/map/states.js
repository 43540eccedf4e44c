/** What each state is called. */
export const WORDS = {
  starting: 'starting …',
  up: 'up',
  slow: 'slow: waits 300 ms',
  frozen: 'frozen',
  silent: 'does not answer',
  stopping: 'finishing …',
  down: 'down',
};

const KILL = { action: 'kill', label: 'Kill', hint: 'at once, as a power cut' };
const STOP = { action: 'stop', label: 'Stop', hint: 'finishes its requests first' };
const FREEZE = { action: 'freeze', label: 'Freeze', hint: 'keeps connections, answers nothing' };
const SLOW = { action: 'slow', label: 'Slow down', hint: 'every request waits 300 ms' };
const RESUME = { action: 'resume', label: 'Bring back', hint: 'undoes whatever was done to it' };

/** What can be done to something now. Only an instance can be asked to finish its requests. */
export function actionsFor({ state, cannot = [] }, isInstance) {
  return inState(state, isInstance).filter(({ action }) => !cannot.includes(action));
}

function inState(state, isInstance) {
  const stop = isInstance ? [STOP] : [];
  switch (state) {
    case 'up':
      return [KILL, FREEZE, SLOW, ...stop];
    case 'slow':
      return [RESUME, KILL, FREEZE];
    case 'frozen':
    case 'silent':
      return [RESUME, KILL];
    case 'down':
      return [RESUME];
    default:
      return [];
  }
}

/** Whether requests reach it. */
export function isReachable(state) {
  return state === 'up' || state === 'slow';
}
