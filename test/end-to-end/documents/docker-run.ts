/** What a documented `docker run` gives the container: its variables, and the words after the image. */
export type DockerRun = {
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly words: readonly string[];
};

/** Reads `docker run -e A=b image word...`; `...` stands for options that a reader has already. Undefined for another command. */
export function readDockerRun(command: string): DockerRun | undefined {
  const [docker, run, ...words] = splitWords(command);
  if (docker !== 'docker' || run !== 'run') return undefined;
  const variables: Record<string, string> = {};
  while (words[0] !== undefined && /^(?:-|\.\.\.$)/.test(words[0])) {
    const option = words.shift();
    if (option !== '-e') continue;
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(words.shift() ?? '') ?? [];
    variables[name] = value;
  }
  const [image = '', ...rest] = words;
  return { image, variables, words: rest };
}

/** Words as a shell reads them, where nothing is expanded. */
function splitWords(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
}
