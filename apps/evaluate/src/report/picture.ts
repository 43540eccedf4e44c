import type { Picture } from 'shared-session-demo/lab';
import { barChart } from './bar-chart.js';
import type { Drawing } from './svg.js';
import { tileChart } from './tile-chart.js';
import { timelineChart } from './timeline-chart.js';

/** The picture of an outcome, whatever its kind. */
export function drawingOf(title: string, picture: Picture): Drawing {
  switch (picture.kind) {
    case 'timeline':
      return timelineChart(title, picture);
    case 'bars':
      return barChart(
        `${title}: ${picture.unit}`,
        picture.unit,
        picture.bars.map((bar) => ({ ...bar, kind: 'ours' })),
      );
    case 'tiles':
      return tileChart(title, picture);
  }
}
