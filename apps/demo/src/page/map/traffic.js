import { draw, paint } from '../dom.js';

/** More would be a swarm that nobody can follow. */
const SHOWN_PER_EVENT = 10;
/** Events come a few times a second; the dots of one are spread until the next. */
const SPREAD_MS = 200;
const TRAVEL_MS = 700;

const CALM = window.matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Draws requests as dots in the colour of the instance that answered.
 * @param drawing where
 * @param wayTo the path from the browser to an instance; undefined where there is none
 */
export function createTraffic(drawing, wayTo) {
  return function show(requests) {
    if (CALM.matches || document.hidden) return;
    const step = Math.max(1, requests.length / SHOWN_PER_EVENT);
    const count = Math.min(requests.length, SHOWN_PER_EVENT);
    for (let index = 0; index < count; index += 1) {
      const request = requests[Math.floor(index * step)];
      const way = wayTo(request.instance);
      if (way !== undefined) travel(drawing, way, request, (index / count) * SPREAD_MS);
    }
  };
}

function travel(drawing, way, { instance, status }, delay) {
  const failed = status === 0 || status >= 500;
  const dot = failed
    ? draw('path', { class: 'dot failed', d: 'M-4-4L4 4M4-4L-4 4' })
    : draw('circle', { class: 'dot', r: 5 });
  if (instance !== undefined) paint(dot, instance);
  dot.style.offsetPath = `path("${way}")`;
  dot.style.offsetRotate = '0deg';
  drawing.append(dot);
  const motion = dot.animate(
    [
      { offsetDistance: '0%', opacity: 0 },
      { offsetDistance: '10%', opacity: 1, offset: 0.1 },
      { offsetDistance: '100%', opacity: 1, offset: 0.85 },
      { offsetDistance: '100%', opacity: 0 },
    ],
    { duration: TRAVEL_MS, delay, easing: 'ease-in-out', fill: 'both' },
  );
  motion.finished.then(
    () => dot.remove(),
    () => dot.remove(),
  );
}
