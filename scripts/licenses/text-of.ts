import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedPackage } from '../build/contents.ts';

/** Words that stand in every text of the licence, and so tell that a text is one of it. */
const wordsOf = new Map([
  ['0BSD', 'Permission to use, copy, modify, and/or distribute this software'],
  ['Apache-2.0', 'Apache License'],
  ['BSD-2-Clause', 'Redistribution and use in source and binary forms'],
  ['BSD-3-Clause', 'Redistribution and use in source and binary forms'],
  ['ISC', 'Permission to use, copy, modify, and/or distribute this software'],
  ['MIT', 'Permission is hereby granted, free of charge'],
]);

/** The licences that a package in the binary may have. */
export const allowedLicences: readonly string[] = [...wordsOf.keys()];

/**
 * The texts that a package wants passed on: its licence and its notices, from files or else from its README. Undefined where it has none
 * and its licence names nobody: the text of Apache-2.0 is the same for all. Throws where the licence is not allowed, and where its
 * text is missing or another's.
 */
export function textOf(root: string, { path, licence }: LockedPackage): string | undefined {
  const folder = join(root, path);
  const files = readdirSync(folder).filter((name) => /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i.test(name));
  const texts = files.toSorted().map((name) => readFileSync(join(folder, name), 'utf8'));
  const text = texts.length > 0 ? texts.map(tidy).join('\n\n') : inReadme(join(folder, 'README.md'));
  if (text === undefined && licence === 'Apache-2.0') return undefined;
  const words = wordsOf.get(licence);
  if (text === undefined || words === undefined || !oneLine(text).includes(words))
    throw new Error(`${path}: has no text of a licence that is allowed, or not of ${licence}, which it names`);
  return text;
}

/** What is the same but for the breaks of its lines. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function inReadme(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const section = /^(?:#+ *licen[cs]e *|licen[cs]e *\n-+)\n(.*?)(?=^#|(?![\s\S]))/ims.exec(
    readFileSync(path, 'utf8'),
  )?.[1];
  const withoutLinks = section
    ?.replace(/^\[\w+\]: .*$/gm, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return withoutLinks?.includes('Copyright') ? tidy(withoutLinks) : undefined;
}

function tidy(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\n+|\n+$/g, '');
}
