import { escaped } from './texts.js';

/** Colours by what something is; both themes, in a page and in a picture of its own. */
export const CHART_STYLE = `
.chart text { fill: var(--ink, #1f2933); font: 13px system-ui, sans-serif; }
.chart .title { font-weight: 600; }
.chart .faint { fill: var(--faint, #5f6c7b); font-size: 12px; }
.chart .grid { stroke: var(--line, #d5dbe1); }
.chart .spread { stroke: var(--ink, #1f2933); stroke-width: 1.5; }
.chart .event { stroke: var(--bad, #c0392b); stroke-dasharray: 4 3; }
.chart .ours { fill: #2f6fde; } .chart .peer { fill: #d9a441; } .chart .baseline { fill: #7a8794; }
.chart .good { fill: #2e9e5b; } .chart .bad { fill: #d1483a; } .chart .unknown { fill: #9aa5b1; }
.chart .line { fill: none; stroke-width: 2; }
`;

/** A picture of its own has no page to take the theme from. */
const OWN_THEME = `
svg { --ink: #1f2933; --faint: #5f6c7b; --line: #d5dbe1; --paper: #ffffff; }
@media (prefers-color-scheme: dark) { svg { --ink: #e4e9ee; --faint: #a3afbb; --line: #3a4651; --paper: #14191e; } }
.paper { fill: var(--paper); }
`;

/** A drawing with its size, which has no frame yet. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** For those who do not see it. */
  readonly description: string;
  readonly parts: readonly string[];
}

/** Inside of a page that has `CHART_STYLE`. As wide as there is room, and never wider than drawn. */
export function inlineSvg({ width, height, description, parts }: Drawing): string {
  return `<svg class="chart" role="img" aria-label="${escaped(description)}" viewBox="0 0 ${width} ${height}" style="max-width:${width}px">${parts.join('')}</svg>`;
}

/** A file of its own. */
export function svgFile({ width, height, description, parts }: Drawing): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="${escaped(description)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><style>${OWN_THEME}${CHART_STYLE}</style><rect class="paper" width="100%" height="100%"/>${parts.join('')}</svg>\n`;
}

/** One above the other. */
export function stacked(drawings: readonly Drawing[], gap = 24): Drawing {
  const parts: string[] = [];
  let height = 0;
  for (const drawing of drawings) {
    parts.push(`<g transform="translate(0 ${height})">${drawing.parts.join('')}</g>`);
    height += drawing.height + gap;
  }
  return {
    width: Math.max(...drawings.map(({ width }) => width)),
    height: Math.max(0, height - gap),
    description: drawings.map(({ description }) => description).join('; '),
    parts,
  };
}

/** Text at a place; `anchor` says which end of it that is. */
export function text(x: number, y: number, content: string, anchor: 'start' | 'end' = 'start', kind = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(content)}</text>`;
}

/** Short enough for a file. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
