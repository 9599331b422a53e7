import { isLiteral, TemplateError, type TemplateToken, templateActions } from './template-tokens.js';

/** The variables that Prometheus gives a template of an alert. */
export const TEMPLATE_VARIABLES = ['labels', 'value', 'externalLabels', 'externalURL'];

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Functions of Go's templates, and those that Prometheus 2.42 and newer have. */
const FUNCTIONS = new Set(
  words(`
    and call eq ge gt html index js le len lt ne not or print printf println slice urlquery
    args externalURL first graphLink humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp label match
    parseDuration pathPrefix query reReplaceAll safeHtml sortByLabel stripDomain stripPort strvalue tableLink title toLower toTime
    toUpper value
  `),
);

/** Functions that only Prometheus 3 has. */
const NEWER_FUNCTIONS = new Set(words('now toDuration urlQueryEscape'));

const KEYWORDS = words('block break continue define else end if range template with');

/**
 * What is wrong with a template of a label or an annotation; Prometheus would refuse the whole rule file for it. The template is
 * parsed as Go does, not executed.
 *
 * @param major the major version of Prometheus; without it, functions that Prometheus 2.42 does not have are a fault
 */
export function templateFault(text: string, major = 2): string | undefined {
  try {
    new Parser(major > 2).parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

interface Block {
  readonly word: string;
  /** How many variables were known before it. */
  readonly variables: number;
  /** The variables outside of a definition, which it does not see. */
  readonly outside?: readonly string[];
  readonly hasElse: boolean;
}

/** Reads the actions of one template. */
class Parser {
  #variables: string[] = TEMPLATE_VARIABLES.map((name) => `$${name}`);
  readonly #open: Block[] = [];
  #tokens: readonly TemplateToken[] = [];
  #at = 0;

  /** @param isNew whether the template is for Prometheus 3 */
  constructor(private readonly isNew: boolean) {}

  parse(text: string): void {
    for (const tokens of templateActions(text)) {
      this.#tokens = tokens;
      this.#at = 0;
      this.#action();
    }
    if (this.#open.length > 0) throw new TemplateError('has a block without {{ end }}');
  }

  get #next(): TemplateToken | undefined {
    return this.#tokens[this.#at];
  }

  /** Whether the pipeline ends here. */
  get #isOver(): boolean {
    return this.#next === undefined || this.#next.kind === 'close';
  }

  #skipSpace(): void {
    while (this.#next?.kind === 'space') this.#at += 1;
  }

  #action(): void {
    this.#skipSpace();
    const word = this.#next?.kind === 'word' ? this.#next.text : '';
    if (!KEYWORDS.includes(word)) {
      this.#pipeline(1);
      return;
    }
    this.#at += 1;
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        this.#begin(word);
        this.#pipeline(word === 'range' ? 2 : 1);
        return;
      case 'define':
        if (this.#open.length > 0) throw new TemplateError('has a {{ define }} inside of a block');
        this.#name(word);
        this.#end(word);
        this.#begin(word);
        this.#variables = [];
        return;
      case 'block':
        this.#name(word);
        this.#pipeline(1);
        this.#begin(word);
        this.#variables = [];
        return;
      case 'template':
        this.#name(word);
        this.#skipSpace();
        if (this.#next !== undefined) this.#pipeline(1);
        return;
      case 'else':
        this.#else();
        return;
      case 'end':
        this.#end(word);
        this.#close();
        return;
      default:
        this.#end(word);
        if (!this.#open.some((block) => block.word === 'range')) {
          throw new TemplateError(`has a {{ ${word} }} outside of a {{ range }}`);
        }
    }
  }

  #begin(word: string): void {
    const outside = word === 'define' || word === 'block' ? { outside: this.#variables } : {};
    this.#open.push({ word, variables: this.#variables.length, hasElse: false, ...outside });
  }

  #close(): void {
    const block = this.#open.pop();
    if (block === undefined) throw new TemplateError('has an {{ end }} that ends nothing');
    this.#variables = [...(block.outside ?? this.#variables.slice(0, block.variables))];
  }

  #else(): void {
    const block = this.#open.at(-1);
    if (block === undefined || block.outside !== undefined || block.hasElse) {
      throw new TemplateError('has an {{ else }} that belongs to nothing');
    }
    this.#skipSpace();
    const word = this.#next?.kind === 'word' ? this.#next.text : undefined;
    if (word !== undefined && word !== block.word) throw this.#unexpected();
    if (word === 'range' || (word === 'with' && !this.isNew)) throw this.#unexpected();
    // What the condition declared is known in all branches, what a branch declared only there.
    this.#open[this.#open.length - 1] = { ...block, hasElse: word === undefined };
    if (word === undefined) {
      this.#end('else');
      return;
    }
    this.#at += 1;
    this.#pipeline(1);
  }

  #name(word: string): void {
    this.#skipSpace();
    if (this.#next?.kind !== 'string')
      throw new TemplateError(`has a {{ ${word} }} without a name in quotes`);
    this.#at += 1;
  }

  /** Nothing more may follow. */
  #end(word: string): void {
    this.#skipSpace();
    if (this.#next !== undefined) {
      throw new TemplateError(`has an unexpected ${JSON.stringify(this.#next.text)} in {{ ${word} }}`);
    }
  }

  #unexpected(): TemplateError {
    return this.#next === undefined
      ? new TemplateError('has an incomplete expression in {{ }}')
      : new TemplateError(`has an unexpected ${JSON.stringify(this.#next.text)} in {{ }}`);
  }

  /** Commands with `|` between them, up to the end of the action or a closing parenthesis. */
  #pipeline(mostDeclared: number): void {
    this.#declarations(mostDeclared);
    for (let stage = 1; ; stage += 1) {
      this.#command(stage);
      this.#skipSpace();
      if (this.#next?.kind !== 'pipe') break;
      this.#at += 1;
      this.#skipSpace();
      // Go takes a last | that nothing follows.
      if (this.#isOver) break;
    }
    if (this.#depth === 0 && this.#next !== undefined) throw this.#unexpected();
  }

  #depth = 0;

  /** `$x :=`, `$x =`, and `$i, $x :=` where two may be declared. Go makes no difference between the two here. */
  #declarations(most: number): void {
    const start = this.#at;
    const found: string[] = [];
    for (;;) {
      this.#skipSpace();
      const { kind, text } = this.#next ?? {};
      if (kind !== 'variable' || text === undefined) break;
      found.push(text);
      this.#at += 1;
      this.#skipSpace();
      const after = this.#next?.kind;
      if (after === 'declare' || after === 'assign') {
        if (found.length > most) throw new TemplateError('declares too many variables in {{ }}');
        this.#at += 1;
        this.#variables.push(...found);
        return;
      }
      if (after !== 'comma') break;
      if (most < 2) throw new TemplateError('declares too many variables in {{ }}');
      this.#at += 1;
    }
    this.#at = start;
  }

  #known(name: string): void {
    if (name === '$' || this.#variables.includes(name)) return;
    throw new TemplateError(`uses ${name}, which no template has`);
  }

  /** A function or a method with its arguments, or a value. */
  #command(stage: number): void {
    this.#skipSpace();
    const { kind, text } = this.#next ?? {};
    if (kind === undefined || kind === 'pipe' || kind === 'close') {
      throw new TemplateError('has no value between {{ and }}, or beside a |');
    }
    const isValue =
      kind === 'dot' ||
      kind === 'string' ||
      kind === 'number' ||
      kind === 'char' ||
      (kind === 'word' && ['true', 'false', 'nil'].includes(text ?? ''));
    if (stage > 1 && isValue) throw new TemplateError(`passes a value to ${text}, which is no function`);
    for (;;) {
      this.#operand();
      const { kind: after } = this.#next ?? {};
      if (after === undefined || after === 'pipe' || after === 'close') return;
      if (after !== 'space') throw this.#unexpected();
      this.#skipSpace();
      const end = this.#next?.kind;
      if (end === undefined || end === 'pipe' || end === 'close') return;
    }
  }

  #operand(): void {
    const token = this.#next;
    if (token === undefined) throw this.#unexpected();
    const { kind, text } = token;
    this.#at += 1;
    let takesFields = true;
    switch (kind) {
      case 'string':
      case 'number':
      case 'char':
        if (!isLiteral(kind, text)) throw new TemplateError(`has ${text} in {{ }}, which Go cannot read`);
        takesFields = false;
        break;
      case 'dot':
      case 'field':
        break;
      case 'variable':
        this.#known(text);
        break;
      case 'word':
        takesFields = this.#word(text);
        break;
      case 'open':
        this.#depth += 1;
        this.#pipeline(1);
        this.#depth -= 1;
        if (this.#next?.kind !== 'close') throw new TemplateError('has a ( without its ) in {{ }}');
        this.#at += 1;
        break;
      default:
        this.#at -= 1;
        throw this.#unexpected();
    }
    if (this.#next?.kind === 'field' && !takesFields) throw this.#unexpected();
    while (this.#next?.kind === 'field') this.#at += 1;
  }

  /** Whether fields may follow the word. */
  #word(text: string): boolean {
    if (['true', 'false', 'nil'].includes(text)) return false;
    if (!FUNCTIONS.has(text) && !(this.isNew && NEWER_FUNCTIONS.has(text))) {
      throw new TemplateError(`calls ${text}, a function that Prometheus does not have`);
    }
    return true;
  }
}
