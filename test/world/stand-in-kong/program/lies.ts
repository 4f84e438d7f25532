import type { Lie } from '../knobs.ts';
import type { Output } from './output.ts';

/** An output whose lines tell the lie. */
export function lyingOutput(output: Output, lie: Lie): Output {
  let steps = 0;
  function lines(message: string): string[] {
    if (message.includes('migrated up to:')) return stepLines(message, ++steps, lie);
    if (lie === 'count wrong')
      return [message.replace(/^\d+(?= migrations processed)/, (count) => `${Number(count) + 1}`)];
    if (lie === 'executed wrong') return [message.replace(/^\d+(?= executed)/, (count) => `${Number(count) - 1}`)];
    if (message !== 'Database is up-to-date') return [message];
    if (lie === 'words after') return [message, 'prefix directory /nowhere not found, trying to create it'];
    return lie === 'no ending' ? [] : [message];
  }
  return { ...output, say: (message) => lines(message).forEach(output.say) };
}

function stepLines(message: string, step: number, lie: Lie): string[] {
  if (step !== 2) return [message];
  if (lie === 'line missing') return [];
  if (lie === 'line more') return [message, 'core migrated up to: 002_never_was (executed)'];
  return [lie === 'pending line' ? message.replace('(executed)', '(pending)') : message];
}
