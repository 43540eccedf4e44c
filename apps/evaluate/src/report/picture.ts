import type { Picture } from 'shared-session-demo/lab';
import { barChart, type Drawing } from 'measuring';
import { tileChart } from './tile-chart.js';
import { timelineChart } from './timeline-chart.js';

/** The picture of an outcome, whatever its kind. */
export function drawingOf(title: string, picture: Picture): Drawing {
  if (picture.kind === 'timeline') return timelineChart(title, picture);
  if (picture.kind === 'tiles') return tileChart(title, picture);
  const bars = picture.bars.map((bar) => ({ ...bar, kind: 'ours' }));
  return barChart(`${title}: ${picture.unit}`, picture.unit, bars);
}
