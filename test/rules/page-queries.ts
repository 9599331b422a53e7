import type { Labels } from './rule-case.js';

/** A query of a page as it is pasted: with the labels of the alert in place of the variables. */
export const filledIn = (query: string, { relay = '', instance = '' }: Labels): string =>
  query.replaceAll('$RELAY', relay).replaceAll('$INSTANCE', instance);

/** 1 where a query returns a sample, 0 where it returns nothing. */
export const returnsSomething = (query: string): string => `(group(\n${query}\n) * 0 + 1) or vector(0)`;
