import { at } from './claim.js';
import type { FigurePlace } from '../results.js';

/** The share of questions to the other instances that found the visitor logged in. */
export const loggedInElsewhere = (way: string): FigurePlace =>
  at(way, 'no-sharing', 'logged in at the other instances');

/** The share of reads, right after a write, that did not show it. */
export const staleReads = (way: string): FigurePlace => at(way, 'jump', 'stale reads');

/** The share of requests answered while the way's server is dead. */
export const answeredWithoutStore = (way: string): FigurePlace =>
  at(way, 'store-killed', 'answered during the failure');

/** The share of requests answered from the death of an instance on. */
export const answeredWithoutInstance = (way: string): FigurePlace =>
  at(way, 'instance-killed', 'answered during the failure');

/** Sessions that were there before an instance died, and not after. */
export const lostWithInstance = (way: string): FigurePlace => at(way, 'instance-killed', 'sessions lost');

/** Cookies that were forged and believed. */
export const forgeriesBelieved = (way: string): FigurePlace => at(way, 'forged-cookie', 'forgeries accepted');

/** Of reads of a session. */
export const readLatency = (way: string): FigurePlace => at(way, 'speed', 'read, p50');
export const readRate = (way: string): FigurePlace => at(way, 'speed', 'reads per second');
export const writeLatency = (way: string): FigurePlace => at(way, 'speed', 'write, p50');

/** Of business queries while sessions are kept in a place. */
export const businessLatency = (place: string): FigurePlace => at(place, 'business', 'business query, p50');
