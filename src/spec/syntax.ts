// The argument grammar of a declaration, read into the tree that COMMAND DOCS shows.
//
//   key value [NX | XX] [EX seconds:integer | KEEPTTL] [LIMIT offset:integer count:integer] <LEFT | RIGHT>
//   numkeys:integer key [key ...] [WEIGHTS weight:double [weight ...]] [GET pattern [GET pattern ...]]
//
// A word without a lower-case letter is a token, any other word names a value, with its type after a colon, and the key
// spec that finds it after an `@` where it is not the next one. `[…]` is optional, `<…>` or `(…)` groups, `|` divides
// alternatives. A token belongs to the values that follow it. An optional group that ends with `...` and repeats what
// stands before it makes that part repeatable.

type ArgumentType = 'string' | 'integer' | 'double' | 'key' | 'pattern' | 'unix-time' | 'pure-token' | 'oneof' | 'block';

/** One argument as COMMAND DOCS describes it. */
export interface Argument {
  readonly name: string;
  readonly type: ArgumentType;
  /** The literal word that comes before the value, or that is the argument. */
  readonly token?: string;
  readonly optional: boolean;
  readonly multiple: boolean;
  /** The token is repeated with every repetition. */
  readonly multipleToken: boolean;
  /** Of a key: which of the command's key specs finds it. */
  readonly keySpecIndex?: number;
  /** Of a oneof or a block. */
  readonly arguments: readonly Argument[];
}

type Node =
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string; readonly type: ArgumentType; readonly keySpec: number | undefined }
  | { readonly kind: 'group'; readonly optional: boolean; readonly repeated: boolean; readonly alternatives: readonly Sequence[] }
  | { readonly kind: 'repeat'; readonly content: Sequence };
type Sequence = readonly Node[];

const WORD = /"[^"]*"|[[\]<>()|]|[^\s[\]<>()|]+/g;
const VALUE = /^([A-Za-z][\w.:-]*?)(?::(string|integer|double|key|pattern|unix-time))?(?:@(\d))?$/;
const TYPE_SUFFIX = /:(?:string|integer|double|key|pattern|unix-time)\b|@\d\b/g;
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '<': '>', '(': ')' };
/** Names whose type needs no saying. */
const TYPES_BY_NAME: Readonly<Record<string, ArgumentType>> = { key: 'key', pattern: 'pattern' };

const cache = new Map<string, readonly Argument[]>();

/** The arguments that a declaration's `syntax` describes. Throws an Error where the notation is wrong. */
export function parseSyntax(syntax: string): readonly Argument[] {
  let parsed = cache.get(syntax);
  if (!parsed) {
    const reader = new Reader(syntax);
    parsed = new Builder().sequence(reader.whole());
    cache.set(syntax, parsed);
  }
  return parsed;
}

/** The syntax for readers: without the types. */
export function readableSyntax(syntax: string): string {
  return syntax.replace(TYPE_SUFFIX, '');
}

/** Words to nodes. */
class Reader {
  private readonly words: readonly string[];
  private at = 0;

  constructor(private readonly syntax: string) {
    this.words = syntax.match(WORD) ?? [];
  }

  whole(): Sequence {
    const [sequence, ...others] = this.alternatives(undefined).alternatives;
    if (!sequence || others.length > 0) throw this.wrong('alternatives outside of brackets');
    return sequence;
  }

  /** Reads up to and including `closing`. */
  private alternatives(closing: string | undefined): { alternatives: Sequence[]; repeated: boolean } {
    const alternatives: Node[][] = [];
    let sequence: Node[] = [];
    let repeated = false;
    for (;;) {
      const word = this.words[this.at++];
      if (word === closing) break;
      if (word === undefined || word === ']' || word === '>' || word === ')') throw this.wrong('brackets do not match');
      if (word === '|') {
        alternatives.push(sequence);
        sequence = [];
      } else if (word === '...') {
        if (closing === ']' && this.words[this.at] === ']') repeated = true;
        else sequence.push({ kind: 'repeat', content: [this.previous(sequence)] });
      } else this.append(sequence, this.node(word));
    }
    alternatives.push(sequence);
    if (closing !== undefined && alternatives.some((one) => one.length === 0)) throw this.wrong('an empty alternative');
    return { alternatives, repeated };
  }

  private previous(sequence: Node[]): Node {
    const node = sequence.pop();
    if (!node) throw this.wrong('nothing before "..."');
    return node;
  }

  private node(word: string): Node {
    const closing = CLOSING[word];
    if (closing !== undefined) return { kind: 'group', optional: word === '[', ...this.alternatives(closing) };
    if (!/[a-z]/.test(word) || word.startsWith('"')) return { kind: 'token', text: word };
    const match = VALUE.exec(word);
    const [, name = '', type, keySpec] = match ?? [];
    // A name with a colon must say its type, so that a mistaken type is not taken for a part of the name.
    if (!match || (type === undefined && name.includes(':'))) throw this.wrong(`"${word}" is neither a token nor a value`);
    return {
      kind: 'value',
      name,
      type: (type as ArgumentType | undefined) ?? TYPES_BY_NAME[name] ?? 'string',
      keySpec: keySpec === undefined ? undefined : Number(keySpec),
    };
  }

  /** Adds a node; `x y` followed by `[x y ...]` becomes one repeated part. */
  private append(sequence: Node[], node: Node): void {
    if (node.kind === 'group' && node.optional && node.repeated && node.alternatives.length === 1) {
      const content = node.alternatives[0] as Sequence;
      const before = sequence.slice(-content.length);
      if (before.length === content.length && shapeOf(before) === shapeOf(content)) {
        sequence.splice(sequence.length - content.length, content.length, { kind: 'repeat', content: before });
        return;
      }
    }
    sequence.push(node);
  }

  private wrong(what: string): Error {
    return new Error(`command syntax "${this.syntax}": ${what}`);
  }
}

/** Words of a sequence without types: equal for a part and its repetition. */
function shapeOf(sequence: Sequence): string {
  return sequence
    .map((node) => {
      if (node.kind === 'token') return node.text;
      if (node.kind === 'value') return node.name;
      if (node.kind === 'repeat') return `${shapeOf(node.content)}...`;
      return `${node.optional ? '[' : '<'}${node.alternatives.map(shapeOf).join('|')}>`;
    })
    .join(' ');
}

/** Nodes to arguments. Keys are numbered in the order in which they stand. */
class Builder {
  private keys = 0;

  sequence(nodes: Sequence): Argument[] {
    const built: Argument[] = [];
    for (let i = 0; i < nodes.length; ) {
      const node = nodes[i++] as Node;
      if (node.kind !== 'token') {
        built.push(this.node(node));
        continue;
      }
      const operands: Argument[] = [];
      for (let next = nodes[i]; next && isOperand(next); next = nodes[++i]) operands.push(this.node(next));
      built.push(withToken(node.text, operands));
    }
    return built;
  }

  private node(node: Exclude<Node, { kind: 'token' }>): Argument {
    if (node.kind === 'value') return this.value(node);
    if (node.kind === 'repeat') {
      const argument = asOne(this.sequence(node.content));
      return { ...argument, multiple: true, multipleToken: node.content[0]?.kind === 'token' };
    }
    const argument = this.group(node.alternatives);
    if (!node.optional) return argument;
    return node.repeated ? { ...argument, optional: true, multiple: true } : { ...argument, optional: true };
  }

  private group(alternatives: readonly Sequence[]): Argument {
    const choices = alternatives.map((one) => asOne(this.sequence(one)));
    if (choices.length === 1) return choices[0] as Argument;
    return plain(choices.map((choice) => choice.name).join('-or-'), 'oneof', choices);
  }

  private value({ name, type, keySpec }: Extract<Node, { kind: 'value' }>): Argument {
    const argument = plain(name, type);
    if (keySpec !== undefined) return { ...argument, keySpecIndex: keySpec };
    return type === 'key' ? { ...argument, keySpecIndex: this.keys++ } : argument;
  }
}

function plain(name: string, type: ArgumentType, children: readonly Argument[] = []): Argument {
  return { name, type, optional: false, multiple: false, multipleToken: false, arguments: children };
}

/** A value that a token before it claims: optional parts stand for themselves. */
function isOperand(node: Node): node is Exclude<Node, { kind: 'token' }> {
  return node.kind !== 'token' && !(node.kind === 'group' && node.optional);
}

function withToken(token: string, operands: readonly Argument[]): Argument {
  if (operands.length === 0) return { ...plain(token.toLowerCase().replaceAll('"', ''), 'pure-token'), token };
  const [only] = operands as [Argument];
  if (operands.length === 1 && only.token === undefined) return { ...only, token };
  return { ...asOne(operands, true), token };
}

function asOne(built: readonly Argument[], block = false): Argument {
  const [only] = built;
  if (only && built.length === 1 && !block) return only;
  return plain(built.map((argument) => argument.name).join('_'), 'block', built);
}
