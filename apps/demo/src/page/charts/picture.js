import { createBars } from './bars.js';
import { createTiles } from './tiles.js';
import { createTimeline } from './timeline.js';

const KINDS = { timeline: createTimeline, bars: createBars, tiles: createTiles };

/**
 * Draws an outcome's picture.
 * @returns the element, and `redraw` for when it has got its width
 */
export function createPicture(picture) {
  return KINDS[picture.kind](picture);
}
