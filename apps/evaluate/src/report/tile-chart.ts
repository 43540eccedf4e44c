import type { Tiles } from 'shared-session-demo/lab';
import { type Drawing, text } from 'measuring';

const WIDTH = 700;
const TILE = 10;
const STEP = 12;
const LEFT = 10;
const PER_ROW = Math.floor((WIDTH - LEFT * 2) / STEP);
const TOP = 28;

/** One small square for each thing that was tried. */
export function tileChart(title: string, { tiles, legend }: Tiles): Drawing {
  const rows = Math.ceil(tiles.length / PER_ROW);
  const counts = (['good', 'bad', 'unknown'] as const).map((kind) => ({
    kind,
    count: tiles.filter((tile) => tile === kind).length,
    meaning: legend[kind] ?? kind,
  }));
  const shown = counts.filter(({ count }) => count > 0);
  const below = TOP + rows * STEP + 16;
  return {
    width: WIDTH,
    height: below + shown.length * 18,
    description: `${title}: ${shown.map(({ count, meaning }) => `${count} times ${meaning}`).join(', ')}`,
    parts: [
      text(LEFT, 18, title, 'start', 'title'),
      ...tiles.map((tile, index) => {
        const [x, y] = [LEFT + (index % PER_ROW) * STEP, TOP + Math.floor(index / PER_ROW) * STEP];
        return `<rect class="${tile}" x="${x}" y="${y}" width="${TILE}" height="${TILE}" rx="2"/>`;
      }),
      ...shown.flatMap(({ kind, count, meaning }, index) => [
        `<rect class="${kind}" x="${LEFT}" y="${below + index * 18 - 10}" width="12" height="12" rx="2"/>`,
        text(LEFT + 18, below + index * 18, `${count} × ${meaning}`, 'start', 'faint'),
      ]),
    ],
  };
}
