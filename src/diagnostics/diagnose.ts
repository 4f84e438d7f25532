import type { Given } from '../cli/command-line.ts';
import type { Diagnosis } from '../cli/diagnosis.ts';
import { exitCodeOf } from '../errors.ts';
import type { World } from '../process/world.ts';
import { check } from './check.ts';
import { examine } from './examine.ts';
import { makePlan } from './make-plan.ts';
import { policiesFor } from './policies-apart.ts';
import { printCheck } from './print-check.ts';
import { printPlan } from './print-plan.ts';
import { printPolicies } from './print-policies.ts';

export type Answer = { readonly text: string; readonly exitCode: number };

/** Answers a question that was asked in place of a start, in text or JSON, with the exit code that a start would have. */
export async function diagnose(given: Given, diagnosis: Diagnosis, world: World, hasColour: boolean): Promise<Answer> {
  const examined = examine(given, world);
  const plan = await makePlan(examined, world);
  const exitCode = exitCodeOf(plan.problems);
  const isJson = diagnosis.output === 'json';
  if (diagnosis.kind === 'plan') return { text: isJson ? json(plan) : printPlan(plan, hasColour), exitCode };
  if (diagnosis.kind === 'check') {
    const report = await check(plan, examined, world);
    return { text: isJson ? json(report) : printCheck(report, hasColour), exitCode: report.exitCode };
  }
  const policies = await policiesFor(plan, examined, diagnosis.kmsKey, world);
  return { text: isJson ? json({ version: 1, policies }) : printPolicies(policies), exitCode };
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
