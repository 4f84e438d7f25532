/** A row of the table that another suite proves already. A unit test holds that the test is there. */
export type ProvedElsewhere = {
  readonly part: string;
  readonly what: string;
  readonly file: string;
  /** The title, as its source writes it. */
  readonly test: string;
};

export const provedElsewhere: readonly ProvedElsewhere[] = [];
