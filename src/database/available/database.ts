import type { Link } from './link.ts';

/** Rows of a statement; `R` says what the statement selects. */
export type Query = <R extends object>(text: string, values?: readonly unknown[]) => Promise<readonly R[]>;

/** A connection for short statements, each of which may run twice. */
export type Database = Pick<Link, 'run' | 'close'> & { readonly query: Query };

/** Connects at once, so that a refusal surfaces here and not at the first statement. Throws what `Link.run` throws. */
export async function openDatabase(link: Link): Promise<Database> {
  await link.run(async () => undefined);
  return {
    run: link.run,
    close: link.close,
    query: <R extends object>(text: string, values: readonly unknown[] = []) =>
      link.run(async (client) => (await client.query<R>(text, [...values])).rows),
  };
}
