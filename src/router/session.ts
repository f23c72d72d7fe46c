// A RESP session of a database with several shards, terminated at the edge: the client on one side, one RESP connection
// to each shard on the other, opened on first use. It plans each command, keeps the answers in the order of the
// commands, and carries what belongs to the connection itself (authentication, MULTI, CLIENT REPLY) to where it counts.
//
// Pure: it knows bytes, not sockets. All that one chunk of the client's stream asks of a shard leaves in one piece, and
// all that one chunk of a shard's stream allows to be answered leaves in one piece.

import type { Bytes } from '../bytes/bytes';
import { isHttp } from '../engine/connection';
import { LEAVE, STEP_WORD } from '../engine/freeze';
import { WAIT_MARK } from '../engine/wait-mark';
import { CROSS_SLOT, EXEC_ABORT, oneLine, redisError, unknownCommand } from '../protocol/errors';
import { MAX_MESSAGE_REPLY_BYTES, MAX_QUERY_BUFFER_BYTES, MAX_UNASKED_BYTES } from '../protocol/limits';
import { ErrorReply, NO_REPLY, NULL_ARRAY, OK } from '../protocol/reply';
import { ProtocolError, RequestReader } from '../protocol/request-reader';
import { encodeReply, type RespVersion } from '../protocol/resp-writer';
import type { Access } from '../spec/client';
import { type CommandSpec, mayWait } from '../spec/command';
import { continueScan, gather } from './gather';
import { type Part, type Plan, partPerShard } from './plan';
import { Answer, Answers, type Combine } from './session-answers';
import { type Ask, commitWatching } from './session-commit';
import * as limits from './session-limits';
import { SessionOutput } from './session-output';
import type { SessionOptions } from './session-ports';
import { ShardLinks } from './session-shards';
import { SessionState, setsState } from './session-state';
import { SessionSubscriptions, subscribes } from './session-subscriptions';
import { SessionTracking } from './session-tracking';
import { SessionTransaction } from './session-transaction';
import { type SessionWait, startWait, type WaitingCommand, WaitNumbers, type WaitPorts } from './session-wait';
import { DISCARD, MULTI, PING, REPLY_ON, UNWATCH } from './session-words';
import { HOME_SHARD } from './slot-map';

const NOT_IN_TRANSACTION = redisError('ERR Command not allowed inside a transaction');

export class Session {
  private readonly reader = new RequestReader();
  private readonly shards: ShardLinks;
  private readonly answers = new Answers();
  private readonly state = new SessionState();
  private readonly tracking: SessionTracking;
  private readonly transaction = new SessionTransaction();
  private readonly subscriptions: SessionSubscriptions;
  private readonly output: SessionOutput;
  private authenticated: boolean;
  /** The rights with which a connection to a shard opens. */
  private opensWith: Access | undefined;
  /** No command is read before this is answered, because it decides what the next ones may be. */
  private gate: Answer | undefined;
  /** The gate is a command that waits; and how it does, where it is not on the home shard alone. */
  private waiting = false;
  private wait: SessionWait | undefined;
  /** The client has been closed at the home shard; the session ends with what is just being taken for it. */
  private leaving = false;
  private readonly waitNumbers = new WaitNumbers();
  /** It has asked to be shown all commands, which the shards do not answer again. */
  private monitors = false;
  private inputEnded = false;
  /** No more commands are read; the last answer closes. */
  private ending = false;
  private over = false;
  private isBlocked = false;

  /** Opens the connection to the home shard at once. */
  constructor(private readonly options: SessionOptions) {
    const { planner, ports, access } = options;
    this.output = new SessionOutput((text) => ports.toClient(text));
    this.authenticated = access !== undefined;
    this.opensWith = access;
    this.shards = new ShardLinks({
      count: planner.slots.count,
      open: (shard) => {
        ports.open(shard, this.opensWith);
        return [...this.state.preamble(), ...this.tracking.preamble];
      },
      send: (shard, text) => ports.toShard(shard, text),
      acknowledge: (shard, bytes) => ports.acknowledge(shard, bytes),
      pushed: (shard, raw) => {
        if (!this.tracking.admits(raw, shard)) this.deliver();
        else if (!this.subscriptions.hold(shard, raw)) this.deliver(raw);
      },
    });
    this.tracking = new SessionTracking(this.shards, this.answers, (answer) => {
      this.gate = answer;
    });
    this.subscriptions = new SessionSubscriptions(planner.slots, this.shards);
    this.shards.open(HOME_SHARD);
  }

  /** True while no more should be read from the client: too much of what it asked is unanswered. */
  get blocked(): boolean {
    return this.isBlocked;
  }

  // ---- what arrives

  /** The client has taken so many bytes. */
  taken(bytes: number): void {
    this.answers.taken(bytes);
  }

  /** Bytes from the client. */
  receive(data: Uint8Array | ArrayBuffer | Bytes): void {
    if (this.over || this.ending) return;
    this.answers.beginBurst();
    this.reader.push(data);
    this.pump();
    if (this.reader.pendingBytes > MAX_QUERY_BUFFER_BYTES) this.fail(limits.TOO_MUCH_INPUT);
  }

  /** The client sends no more: the session ends when all that it has sent is answered. */
  end(): void {
    this.inputEnded = true;
    // As in Redis nobody is left to wait.
    if (this.waiting) this.abandon();
    else this.pump();
  }

  /** Bytes from a shard. */
  receiveFrom(shard: number, data: Uint8Array | ArrayBuffer | Bytes): void {
    if (this.over) return;
    this.output.hold();
    const understood = this.shards.receive(shard, data);
    this.deliver();
    this.output.release();
    if (!understood) this.fail(limits.LOST);
    else if (this.shards.heldBytes > limits.MAX_HELD_BYTES) this.fail(limits.TOO_MUCH_OUTPUT);
    else this.pump();
    if (!this.over) this.shards.acknowledge();
  }

  /** The connection to a shard has gone. */
  lost(shard: number): void {
    if (this.over || !this.shards.isOpen(shard)) return;
    if (this.wait && shard === HOME_SHARD) {
      this.leaving = true;
      this.wait.leave();
      return;
    }
    // With nothing owed (CLIENT KILL, an idle client) a line would be taken for the answer to the next command.
    if (this.answers.length > 0) this.fail(limits.LOST);
    else this.close('the connection to a shard was closed');
  }

  /** The client has gone: nothing is sent any more. */
  abandon(): void {
    this.close('the client has gone');
  }

  // ---- reading

  /** Too much is unanswered for more commands to be read. */
  private get full(): boolean {
    return this.answers.length >= limits.MAX_DUE_ANSWERS || this.shards.full;
  }

  /** Reads commands as far as the session may, and sends the shards what they ask of them. */
  private pump(): void {
    while (!this.over && !this.ending && !this.gate && !this.full) {
      this.reader.trusted = this.authenticated;
      const argv = this.reader.next();
      if (argv === undefined) {
        if (this.inputEnded) this.finish(Answer.ready(NO_REPLY));
        break;
      }
      if (argv instanceof ProtocolError) this.finish(Answer.ready(redisError(oneLine(`ERR Protocol error: ${argv.text}`))));
      else if (argv.length > 0) this.handle(argv);
      // An empty line is no command, but it is what CLIENT REPLY SKIP mutes.
      else this.answers.add(Answer.ready(NO_REPLY));
    }
    if (!this.over) this.shards.flush();
    this.deliver();
  }

  private handle(argv: readonly Bytes[]): void {
    const spec = this.options.planner.specOf(argv);
    const name = spec?.name ?? '';
    this.take(argv, spec, name);
    if (this.transaction.shard === undefined) this.tracking.endCaching(name);
  }

  private take(argv: readonly Bytes[], spec: CommandSpec | undefined, name: string): void {
    if (!spec && isHttp(argv[0] as string)) this.close('that was HTTP');
    // To a shard this would be the session's own word.
    else if (argv[0]?.startsWith(WAIT_MARK) || argv[0]?.startsWith(STEP_WORD)) this.refuse(unknownCommand(argv));
    else if (name === 'quit') this.finish(Answer.ready(OK));
    else if (name === 'reset') this.reset(argv);
    else if (name === 'monitor' && this.monitors) this.answers.add(Answer.ready(NO_REPLY));
    else if (!this.authenticated) this.beforeAuthentication(name, argv);
    else if (!spec) this.refusedByShard(argv);
    else if (subscribes(name)) this.subscribe(argv);
    // Only the home shard knows what a subscriber that speaks RESP2 may still do.
    else if (this.subscriptions.any && this.state.version === 2) this.ask(HOME_SHARD, argv);
    else if (name === 'client|caching' && this.transaction.shard === undefined) this.tracking.caching(argv);
    else if (setsState(name) || name === 'client|reply' || name === 'client|tracking') this.connectionCommand(name, argv);
    else if (name === 'multi' || name === 'exec' || name === 'discard') this.transactionCommand(name, argv);
    else if (name === 'watch' && this.transaction.shard !== undefined) this.ask(this.transaction.shard, argv);
    else if (this.transaction.shard !== undefined) this.enqueue(spec, argv);
    else if (name === 'watch') this.watch(spec, argv);
    else if (name === 'unwatch') this.unwatch(argv);
    else this.run(this.options.planner.planOf(spec, argv), spec, argv);
  }

  private run(plan: Plan, spec: CommandSpec, argv: readonly Bytes[]): void {
    if (spec.name === 'monitor') this.monitors = true;
    if (plan.kind === 'first' || plan.kind === 'each' || (plan.kind === 'one' && mayWait(spec, argv)))
      this.runWaiting({ plan, spec, argv });
    else this.route(plan, argv);
  }

  // ---- the connection itself

  private beforeAuthentication(name: string, argv: readonly Bytes[]): void {
    if (name === 'auth' || name === 'hello') this.setState(name, argv);
    else this.ask(HOME_SHARD, argv);
  }

  private connectionCommand(name: string, argv: readonly Bytes[]): void {
    if (this.transaction.shard !== undefined) this.refuse(NOT_IN_TRANSACTION);
    else if (name === 'client|reply') this.replyMode(argv);
    else if (name === 'client|tracking') this.tracking.track(argv);
    else this.setState(name, argv);
  }

  /** Tells every shard; the home shard's answer is the client's. */
  private setState(name: string, argv: readonly Bytes[]): void {
    const answer = new Answer();
    const authenticates = name === 'auth' || name === 'hello';
    answer.onSettled = (succeeded) => {
      this.state.settle(succeeded);
      if (succeeded && authenticates) this.authenticated = true;
      if (this.gate === answer) this.gate = undefined;
    };
    if (name === 'hello' && argv.length > 1) answer.effect = { kind: 'protocol', version: Number(argv[1]) as RespVersion };
    if (!this.authenticated || this.subscriptions.any) this.gate = answer;
    this.answers.add(answer);
    this.shards.askOpen(argv, answer);
    this.state.begin(argv);
  }

  /** CLIENT REPLY is done here; the shard is only asked whether the client may. */
  private replyMode(argv: readonly Bytes[]): void {
    const mode = (argv[2] as string).toLowerCase();
    const valid = mode === 'on' || mode === 'off' || mode === 'skip';
    const answer = new Answer();
    if (valid) answer.effect = { kind: 'reply-mode', mode };
    this.answers.add(answer);
    this.shards.ask(HOME_SHARD, valid ? REPLY_ON : argv, answer);
  }

  /** No command is read before it is confirmed: what the next ones may be depends on it. */
  private subscribe(argv: readonly Bytes[]): void {
    if (this.transaction.shard !== undefined) {
      this.refuse(NOT_IN_TRANSACTION);
      return;
    }
    const answer = new Answer();
    this.answers.add(answer);
    this.gate = answer;
    this.subscriptions.run(argv, answer, () => {
      this.gate = undefined;
    });
  }

  /** After RESET only a shard knows whether the client must authenticate again: a PING tells. */
  private reset(argv: readonly Bytes[]): void {
    const answer = new Answer();
    answer.effect = { kind: 'reset' };
    this.answers.add(answer);
    this.shards.askOpen(argv, answer);
    this.transaction.finish();
    this.monitors = false;
    this.subscriptions.clear();
    this.state.clear();
    this.tracking.clear();
    const probe = Answer.internal((_succeeded, raw) => {
      this.authenticated = !raw.startsWith('-NOAUTH');
      if (!this.authenticated) this.opensWith = undefined;
      this.gate = undefined;
    });
    this.gate = probe;
    this.shards.ask(HOME_SHARD, PING, probe);
  }

  // ---- transactions

  private transactionCommand(name: string, argv: readonly Bytes[]): void {
    const { transaction } = this;
    const { shard } = transaction;
    if (name === 'multi') {
      // A nested one is an error, which the shard that holds the first one answers.
      if (shard === undefined) transaction.begin();
      this.ask(transaction.shard ?? HOME_SHARD, argv);
      return;
    }
    const elsewhere = shard === undefined ? [] : transaction.watchedElsewhere;
    if (shard !== undefined && name === 'exec' && transaction.broken) {
      this.shards.ask(shard, DISCARD, Answer.internal());
      this.answers.add(Answer.ready(EXEC_ABORT));
    } else if (shard !== undefined && name === 'exec' && elsewhere.length > 0) {
      this.commitWatching(shard, elsewhere.splice(0));
    } else this.ask(shard ?? HOME_SHARD, argv);
    for (const other of elsewhere) this.shards.ask(other, UNWATCH, Answer.internal());
    if (shard !== undefined) transaction.finish();
  }

  /** No command is read until the transaction has been run, or not. */
  private commitWatching(shard: number, watching: readonly number[]): void {
    const answer = new Answer();
    this.answers.add(answer);
    this.gate = answer;
    const ask: Ask = (to, line, answered) => this.shards.inquire(to, line, answered);
    commitWatching(shard, watching, ask, (raw) => {
      if (raw === undefined) answer.reply(NULL_ARRAY);
      else answer.give(raw);
      this.gate = undefined;
    });
  }

  private watch(spec: CommandSpec, argv: readonly Bytes[]): void {
    const { watching } = this.transaction;
    const plan = this.options.planner.planOf(spec, argv);
    if (plan.kind === 'split') for (const part of plan.parts) watching.add(part.shard);
    else if (plan.kind === 'one') watching.add(plan.shard);
    this.run(plan, spec, argv);
  }

  private unwatch(argv: readonly Bytes[]): void {
    const { watching } = this.transaction;
    const [first = HOME_SHARD, ...others] = watching;
    this.ask(first, argv);
    for (const shard of others) this.shards.ask(shard, UNWATCH, Answer.internal());
    watching.clear();
  }

  /** A command inside MULTI. */
  private enqueue(spec: CommandSpec, argv: readonly Bytes[]): void {
    const { transaction } = this;
    const plan = this.options.planner.planOf(spec, argv);
    const admitted = transaction.admits(plan);
    if (plan.kind !== 'one' || admitted === 'no') {
      this.refuse(CROSS_SLOT);
      return;
    }
    if (admitted === 'move') {
      this.shards.ask(transaction.shard as number, [LEAVE], Answer.internal());
      this.shards.ask(plan.shard, MULTI, Answer.internal());
      for (const line of transaction.move(plan.shard)) this.shards.ask(plan.shard, line, Answer.internal());
    }
    this.queueOrAsk(argv, plan.keyed);
  }

  /** To the shard that holds the MULTI, or to the home shard outside of one. */
  private queueOrAsk(argv: readonly Bytes[], keyed = false): void {
    const { shard } = this.transaction;
    if (shard !== undefined) this.transaction.queued(argv, keyed);
    this.ask(shard ?? HOME_SHARD, argv);
  }

  /** A line that is wrong in itself. As an EXEC it ends the transaction all the same. */
  private refusedByShard(argv: readonly Bytes[]): void {
    this.queueOrAsk(argv);
    if ((argv[0] as string).toLowerCase() === 'exec') this.transaction.finish();
  }

  /** An error that is found here. It breaks the transaction that it falls into. */
  private refuse(error: ErrorReply): void {
    this.transaction.broken = this.transaction.shard !== undefined;
    this.answers.add(Answer.ready(error));
  }

  // ---- asking shards

  private route(plan: Exclude<Plan, { kind: 'first' | 'each' }>, argv: readonly Bytes[]): void {
    if (plan.kind === 'one') this.ask(plan.shard, argv);
    else if (plan.kind === 'error') this.refuse(plan.error);
    else if (plan.kind === 'scan') {
      this.askSeveral([{ shard: plan.shard, argv, places: [] }], ([reply = null]) => continueScan(reply, plan.next));
    } else {
      const parts = plan.kind === 'split' ? plan.parts : partPerShard(this.options.planner.slots.count, argv);
      const places = parts.map((part) => part.places);
      this.askSeveral(parts, (replies) => gather(plan.merge, replies, this.options.random, places));
    }
  }

  private ask(shard: number, argv: readonly Bytes[]): void {
    const answer = new Answer();
    this.answers.add(answer);
    this.shards.ask(shard, argv, answer);
  }

  private askSeveral(parts: readonly Part[], combine: Combine): void {
    const answer = Answer.of(
      parts.map((part) => part.shard),
      combine,
    );
    this.answers.add(answer);
    for (const { shard, argv } of parts) this.shards.ask(shard, argv, answer);
  }

  /** A command that may wait. What follows it is not read before it is answered. */
  private runWaiting(command: WaitingCommand): void {
    const { plan, argv } = command;
    const answer = new Answer();
    const settled = (): void => {
      this.gate = undefined;
      this.waiting = false;
      this.wait = undefined;
    };
    this.answers.add(answer);
    this.gate = answer;
    this.waiting = true;
    if (plan.kind === 'one' && plan.shard === HOME_SHARD) {
      answer.onSettled = settled;
      this.shards.ask(HOME_SHARD, argv, answer);
      return;
    }
    const ports: WaitPorts = {
      ask: (shard, line, answered) => this.shards.inquire(shard, line, answered),
      cancel: (shard, number) => this.options.ports.cancel(shard, number),
      settle: (raw) => {
        if (this.leaving) answer.effect = { kind: 'close' };
        answer.give(raw);
        settled();
        if (this.leaving) this.deliver();
      },
    };
    this.wait = startWait(command, ports, this.waitNumbers);
  }

  // ---- answering

  /** Sends what may be answered now, and behind it what a shard has sent out of band. */
  private deliver(pushed?: Bytes): void {
    if (this.over) return;
    let text = '';
    let closes = false;
    while (!closes) {
      const answer = this.answers.take();
      if (!answer) break;
      this.shards.release(answer);
      text += this.answers.write(answer);
      closes = answer.effect?.kind === 'close';
    }
    if (pushed !== undefined && !closes) text += this.answers.unasked(pushed);
    this.output.say(text);
    if (closes) {
      this.close('');
      return;
    }
    if (!this.options.paced && this.answers.nextBurstBytes > MAX_MESSAGE_REPLY_BYTES) {
      this.output.say(encodeReply(new ErrorReply(limits.ASKED_TOO_MUCH), 2));
      this.close(limits.ASKED_TOO_MUCH);
      return;
    }
    if (!this.options.paced && this.answers.unaskedBytes > MAX_UNASKED_BYTES) {
      this.close(limits.TOO_MUCH_UNASKED);
      return;
    }
    const wasBlocked = this.isBlocked;
    this.isBlocked = this.full || (this.waiting && this.reader.pendingBytes > limits.MAX_GATED_BYTES);
    if (wasBlocked && !this.isBlocked) this.options.ports.unblocked();
  }

  /** The last answer. */
  private finish(answer: Answer): void {
    answer.effect = { kind: 'close' };
    this.ending = true;
    this.answers.add(answer);
  }

  /** Ends the session with an error line in the place of the first answer that is missing. */
  private fail(line: string): void {
    this.deliver();
    if (this.over) return;
    this.output.say(encodeReply(new ErrorReply(line), 2));
    this.close(line);
  }

  private close(reason: string): void {
    if (this.over) return;
    this.output.release();
    this.over = true;
    this.options.ports.close(reason);
  }
}
