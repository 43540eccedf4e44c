import { figureAt, type FigurePlace, type Trial } from '../results.js';
import { type Way, WAYS } from '../ways.js';
import { numberText } from 'measuring';
import { figureText } from './texts.js';

/** A cell of the table, and whether it is what one hopes for. */
export interface Cell {
  readonly text: string;
  readonly is: 'good' | 'bad' | 'plain';
}

interface Column {
  readonly title: string;
  readonly experiment: string;
  readonly figure: string;
  /** Without it nobody can say what is good. */
  readonly good?: (value: number) => boolean;
  /** A figure of the same experiment that says of how many one was broken. */
  readonly oneOf?: string;
  /** With unit and spread, for those who want to know exactly. */
  readonly exact?: boolean;
}

const none = (value: number): boolean => value === 0;
const all = (value: number): boolean => value === 100;
const nearlyAll = (value: number): boolean => value >= 95;

const COLUMNS: readonly Column[] = [
  {
    title: 'logged in everywhere, %',
    experiment: 'no-sharing',
    figure: 'logged in at the other instances',
    good: all,
  },
  { title: 'stale right after a write, %', experiment: 'jump', figure: 'stale reads', good: none },
  { title: 'lost between tabs, %', experiment: 'two-tabs', figure: 'keys lost', good: none },
  { title: 'alive after logout', experiment: 'logout-race', figure: 'sessions alive after logout', good: none },
  { title: 'forgeries believed', experiment: 'forged-cookie', figure: 'forgeries accepted', good: none },
  {
    title: 'answered, one instance dead, %',
    experiment: 'instance-killed',
    figure: 'answered during the failure',
    good: nearlyAll,
  },
  {
    title: 'answered, a store server dead, %',
    experiment: 'store-killed',
    figure: 'answered during the failure',
    oneOf: 'store servers',
    good: nearlyAll,
  },
  // Who is answered after a wait for the server's return has been answered, but has waited.
  { title: 'longest wait then, ms', experiment: 'store-killed', figure: 'longest request' },
  {
    title: 'sessions after all was killed, %',
    experiment: 'restart-everything',
    figure: 'sessions survived',
    good: all,
  },
  { title: 'reads per second', experiment: 'speed', figure: 'reads per second', exact: true },
  { title: 'read p50, ms', experiment: 'speed', figure: 'read, p50', exact: true },
  { title: 'writes per second', experiment: 'speed', figure: 'writes per second', exact: true },
  { title: 'store commands per read', experiment: 'speed', figure: 'store commands per read' },
  { title: 'bytes per session', experiment: 'speed', figure: 'bytes per session in the store' },
];

/** The table of ways against what matters: a head, and a row for every way that was asked for. */
export interface MainTable {
  readonly head: readonly string[];
  readonly rows: readonly { readonly way: Way; readonly cells: readonly Cell[] }[];
}

/** Ways of which there is no trial at all have no row. */
export function mainTable(trials: readonly Trial[]): MainTable {
  const ways = WAYS.filter(({ name }) => trials.some(({ way }) => way === name));
  return {
    head: COLUMNS.map(({ title }) => title),
    rows: ways.map((way) => ({ way, cells: COLUMNS.map((column) => cellOf(trials, way.name, column)) })),
  };
}

function cellOf(trials: readonly Trial[], way: string, column: Column): Cell {
  const place: FigurePlace = { way, ...column };
  const found = figureAt(trials, place);
  if (found === undefined) return { text: absence(trials, place), is: 'plain' };
  const number = column.exact === true ? figureText({ ...found, unit: '' }) : numberText(found.value);
  return {
    text: number + brokenText(trials, place, column),
    is: column.good === undefined || Number.isNaN(found.value) ? 'plain' : column.good(found.value) ? 'good' : 'bad',
  };
}

/** Such as ` (1 of 3 dead)`: a way with more servers has it easier, and the table must say so. */
function brokenText(trials: readonly Trial[], place: FigurePlace, { oneOf }: Column): string {
  const servers = oneOf === undefined ? undefined : figureAt(trials, { ...place, figure: oneOf });
  return servers === undefined ? '' : ` (1 of ${numberText(servers.value)} dead)`;
}

/** In a word why there is no figure. */
function absence(trials: readonly Trial[], { way, experiment }: FigurePlace): string {
  const result = trials.find((trial) => trial.way === way && trial.experiment === experiment)?.result;
  if (result === undefined || result.is === 'measured') return '–';
  return { impossible: 'n/a', failed: 'failed', missing: 'server missing' }[result.is];
}
