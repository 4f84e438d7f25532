import { GRANT_CREATE } from '../database/available/fault-sentences.ts';

/** A line of Kong's own that a failed step needs a hint for. */
export type KnownLine = 'lacks a right' | 'reserved name';

const lines: Readonly<Record<KnownLine, RegExp>> = {
  'lacks a right': /permission denied for schema/,
  // Kong Gateway 3.15 stops on a workspace with a reserved name. Its documentation does not say with which words.
  'reserved name': /workspace.*reserved|reserved.*workspace/i,
};

/** Which of those lines there is among these; undefined for none. */
export function findKnownLine(printed: string): KnownLine | undefined {
  if (lines['lacks a right'].test(printed)) return 'lacks a right';
  return lines['reserved name'].test(printed) ? 'reserved name' : undefined;
}

const RESERVED_NAME =
  'Kong 3.15 and later reserve that name: move the workspace to another name with the older Kong (deck gateway dump, sync), delete it, and run this again';

/** The hint for a failed step that printed this line; undefined where its lines say enough. */
export function hintFor(line: KnownLine | undefined): string | undefined {
  if (line === 'lacks a right') return GRANT_CREATE;
  return line === 'reserved name' ? RESERVED_NAME : undefined;
}
