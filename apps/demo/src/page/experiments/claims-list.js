import { create } from '../dom.js';

/** The claims of the article that an experiment is about, folded away. */
export function createClaims() {
  const summary = create('summary', {});
  const list = create('ul', {});
  const element = create('details', { className: 'claims' }, summary, list);
  let shown;

  return {
    element,
    show(claims) {
      const ids = claims.map(({ id }) => id).join(', ');
      if (ids === shown) return;
      shown = ids;
      element.hidden = claims.length === 0;
      summary.textContent = `About ${claims.length === 1 ? 'claim' : 'claims'} ${ids} of the article`;
      list.replaceChildren(
        ...claims.map(({ id, statement }) => create('li', {}, create('strong', {}, id), ` ${statement}`)),
      );
    },
  };
}
