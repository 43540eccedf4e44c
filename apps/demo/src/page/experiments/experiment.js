import { create, onPress, setText } from '../dom.js';
import { act } from '../lab/lab-api.js';
import { createClaims } from './claims-list.js';
import { createOutcome } from './outcome.js';

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

/**
 * One experiment: its row with the button that runs and stops it, and its pane.
 * @param place where both are appended
 * @param open called when it is to be the one that is open
 */
export function createExperiment({ name, title }, place, open) {
  const paneId = `experiment-${name}`;
  const titleButton = create('button', { type: 'button', className: 'experiment-title', id: `${paneId}-title` }, title);
  titleButton.setAttribute('aria-controls', paneId);
  titleButton.ariaExpanded = 'false';
  const run = create('button', { type: 'button', className: 'small run', id: `${paneId}-run` }, 'Run');
  const head = create('div', { className: 'experiment-head' }, create('h3', {}, titleButton), run);

  const explanation = create('p', {});
  const claims = createClaims();
  const bar = create('progress', { max: 1, value: 0, ariaLabel: `Progress of ${title}` });
  const words = create('p', { className: 'hint' });
  const trouble = create('p', { className: 'trouble', role: 'alert' });
  const outcome = createOutcome();
  const pane = create(
    'div',
    { className: 'experiment-pane', id: paneId, hidden: true },
    create('p', { className: 'pane-title', ariaHidden: 'true' }, title),
    explanation,
    claims.element,
    create('div', { className: 'run-line' }, bar, words),
    trouble,
    outcome.element,
  );
  pane.setAttribute('role', 'region');
  pane.setAttribute('aria-labelledby', titleButton.id);
  place.append(head, pane);

  let running = false;
  onPress(titleButton, open);
  onPress(run, async () => {
    if (run.ariaDisabled === 'true') return;
    setText(trouble, '');
    if (!running) open();
    const said = await act(running ? '/experiments/stop' : `/experiments/${encodeURIComponent(name)}/run`);
    if (said !== undefined) setText(trouble, said);
  });

  return {
    setOpen(isOpen) {
      titleButton.ariaExpanded = String(isOpen);
      head.classList.toggle('open', isOpen);
      pane.hidden = !isOpen;
      if (isOpen) outcome.redraw();
    },
    show(experiment, view, result) {
      running = view.running === name;
      setText(explanation, experiment.explanation);
      claims.show(experiment.claims);
      setText(run, running ? 'Stop' : 'Run');
      run.ariaLabel = `${running ? 'Stop' : 'Run'}: ${title}`;
      // Not `disabled`: the focus would be lost when the experiment ends.
      run.ariaDisabled = String(!running && isBlocked(experiment, view));
      head.dataset.result = resultOf(result);
      bar.hidden = !running;
      if (!running) {
        bar.value = 0;
        setText(words, wordsFor(experiment, view, result));
      }
      outcome.show(result);
      pane.classList.toggle('running', running);
    },
    showProgress(done, text) {
      bar.value = done;
      setText(words, text);
    },
  };
}

function isBlocked({ impossible }, { running, switchingTo }) {
  return impossible !== undefined || running !== undefined || switchingTo !== undefined;
}

function resultOf(result) {
  if (result === undefined) return 'none';
  return result.outcome === undefined ? 'failed' : 'there';
}

function wordsFor({ impossible }, { store, running, switchingTo }, result) {
  if (switchingTo !== undefined) return `The cluster restarts on ${switchingTo} …`;
  if (impossible !== undefined) return `Not with ${store}: ${impossible}`;
  if (running !== undefined) return 'Another experiment runs.';
  return result === undefined ? `Not run yet with ${store}.` : `Run with ${store} at ${TIME.format(result.at)}.`;
}
