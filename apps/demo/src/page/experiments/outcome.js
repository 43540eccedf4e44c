import { createPicture } from '../charts/picture.js';
import { create } from '../dom.js';
import { short, withUnit } from '../numbers.js';

/** What came out of an experiment: a sentence, numbers, a picture. */
export function createOutcome() {
  const element = create('div', { className: 'outcome' });
  let at;
  let redrawPicture = () => {};
  showNothing();

  function showNothing() {
    element.replaceChildren(create('p', { className: 'nothing' }, 'What comes out is shown here.'));
  }

  function showOutcome({ summary, figures, picture }) {
    const drawn = createPicture(picture);
    redrawPicture = drawn.redraw;
    element.replaceChildren(
      create('p', { className: 'summary' }, summary),
      create('dl', { className: 'figures' }, ...figures.map(figureOf)),
      drawn.element,
    );
    drawn.redraw();
  }

  return {
    element,
    /** Draws what depends on the width again; nothing has one while it is hidden. */
    redraw: () => redrawPicture(),
    show(result) {
      if (result?.at === at) return;
      at = result?.at;
      redrawPicture = () => {};
      if (result === undefined) showNothing();
      else if (result.outcome !== undefined) showOutcome(result.outcome);
      else element.replaceChildren(create('p', { className: 'trouble' }, `It could not be tried: ${result.failure}`));
    },
  };
}

function figureOf({ name, value, unit, spread }) {
  const number = create('dd', {}, withUnit(value, unit));
  if (spread !== undefined && spread[0] !== spread[1])
    number.append(create('span', { className: 'spread' }, `${short(spread[0])} to ${short(spread[1])}`));
  return create('div', {}, create('dt', {}, name), number);
}
