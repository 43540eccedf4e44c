import { byId } from '../dom.js';
import { createExperiment } from './experiment.js';

/** The experiments: a row and a button for each, and at its side what it shows. One is open at a time. */
export function createExperiments() {
  const place = byId('experiments');
  const shown = new Map();
  const titles = new Map();
  let last;

  function open(name) {
    for (const [other, experiment] of shown) experiment.setOpen(other === name);
  }

  function showView(view) {
    last = view;
    place.style.setProperty('--rows', String(view.experiments.length));
    for (const experiment of view.experiments) {
      titles.set(experiment.name, experiment.title);
      if (!shown.has(experiment.name)) {
        shown.set(
          experiment.name,
          createExperiment(experiment, place, () => open(experiment.name)),
        );
        if (shown.size === 1) open(experiment.name);
      }
      const result = view.results.find((one) => one.experiment === experiment.name && one.store === view.store);
      shown.get(experiment.name).show(experiment, view, result);
    }
  }

  return {
    showView,
    showProgress({ experiment, done, text }) {
      shown.get(experiment)?.showProgress(done, text);
    },
    /** Also read aloud; the view that follows holds it, too. */
    showResult(result) {
      const others = (last?.results ?? []).filter(
        (one) => one.experiment !== result.experiment || one.store !== result.store,
      );
      if (last !== undefined) showView({ ...last, results: [...others, result] });
      const said = result.outcome?.summary ?? `could not be tried: ${result.failure}`;
      byId('announcement').textContent = `${titles.get(result.experiment) ?? result.experiment}: ${said}`;
    },
  };
}
