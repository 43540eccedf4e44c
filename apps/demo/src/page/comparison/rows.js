/**
 * The last results as the rows of a table: for each experiment that has any, one row per figure that is better high or low.
 * Figures that are neither say how much was tried; they stand with the outcome.
 * @returns `stores` that have results, in their usual order, and `groups` of an experiment's rows
 */
export function tableOf({ results, experiments, stores }) {
  const present = stores.filter((store) => results.some((result) => result.store === store));
  const groups = experiments.map(({ name, title }) =>
    groupOf(
      title,
      results.filter(({ experiment }) => experiment === name),
    ),
  );
  return { stores: present, groups: groups.filter(({ tried }) => tried) };
}

function groupOf(title, results) {
  const byStore = new Map(results.map((result) => [result.store, result]));
  const kinds = new Map(
    results.flatMap(({ outcome }) => (outcome?.figures ?? []).map((figure) => [figure.name, figure])),
  );
  return {
    title,
    tried: results.length > 0,
    /** Why there is nothing, by store. */
    failures: new Map(
      results.filter(({ outcome }) => outcome === undefined).map(({ store, failure }) => [store, failure]),
    ),
    rows: [...kinds.values()].filter(({ good }) => good !== undefined).map((kind) => rowOf(kind, byStore)),
  };
}

function rowOf({ name, unit, good }, byStore) {
  const cells = new Map();
  for (const [store, { outcome }] of byStore) {
    const figure = outcome?.figures.find((one) => one.name === name);
    if (figure !== undefined) cells.set(store, figure);
  }
  return { name, unit, cells, best: bestOf([...cells.values()], good) };
}

/** The value that is marked; undefined where neither direction is good, or there is nothing to choose. */
function bestOf(figures, good) {
  const values = figures.map(({ value }) => value).filter(Number.isFinite);
  if (good === undefined || new Set(values).size < 2) return undefined;
  return good === 'low' ? Math.min(...values) : Math.max(...values);
}
