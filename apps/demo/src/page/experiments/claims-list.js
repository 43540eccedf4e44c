import { create } from '../dom.js';
import { CLAIMS } from '../lab/claims.js';

/** The claims of the article that an experiment is about, folded away. */
export function createClaims() {
  const summary = create('summary', {});
  const list = create('ul', {});
  const element = create('details', { className: 'claims' }, summary, list);
  let shown;

  return {
    element,
    show(claims) {
      if (claims.join() === shown) return;
      shown = claims.join();
      element.hidden = claims.length === 0;
      summary.textContent = `About ${claims.length === 1 ? 'claim' : 'claims'} ${claims.join(', ')} of the article`;
      list.replaceChildren(
        ...claims.map((claim) => create('li', {}, create('strong', {}, claim), ` ${CLAIMS[claim] ?? ''}`)),
      );
    },
  };
}
