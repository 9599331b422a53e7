/** One thing wrong with a configuration: where, what was found, what is expected. */
export interface ConfigProblem {
  /** Dotted path of the key, for example `thresholds.pushWait.slowSeconds`; empty for the whole file. */
  readonly field: string;
  readonly message: string;
}

/** A configuration that cannot be used. `message` has one line per problem. */
export class ConfigError extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super(problems.map((p) => `${file}: ${p.field === '' ? '(file)' : p.field}: ${p.message}`).join('\n'));
    this.name = 'ConfigError';
  }
}
