// DEBUG: what test suites need to look inside. Refused unless the server was started for it (KEDGE_DEBUG=1).

import type { Bytes } from '../../../bytes/bytes';
import { parseDouble } from '../../../bytes/double';
import { oneLine, redisError } from '../../../protocol/errors';
import { OK } from '../../../protocol/reply';
import { command, container } from '../../../spec/command';
import { helpFor } from '../../../spec/help';
import { datasetCommands } from './dataset';
import { debugProtocol } from './protocol';
import { debugCommand, isOn } from './shared';
import { tuningCommands } from './tuning';

const sleep = debugCommand('sleep', {
  summary: 'Keeps the server from answering anybody for some seconds.',
  arity: 3,
  syntax: 'seconds:double',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    ctx.server.sleep(Math.max(0, parseDouble(argv[2] as Bytes) ?? 0) * 1000);
    return OK;
  },
});

const setActiveExpire = debugCommand('set-active-expire', {
  summary: 'With 0 keys expire only when they are accessed, with 1 also by themselves.',
  arity: 3,
  syntax: 'enabled',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    ctx.server.activeExpire = isOn(argv[2] as Bytes);
    return OK;
  },
});

const setDisableDenyScripts = debugCommand('set-disable-deny-scripts', {
  summary: 'With 1 scripts may run commands that are not made for them.',
  arity: 3,
  syntax: 'enabled',
  sharding: { all: 'ok' },
  run(ctx, argv) {
    ctx.scripts.unrestricted = isOn(argv[2] as Bytes);
    return OK;
  },
});

const error = debugCommand('error', {
  summary: 'Answers with an error of the given text.',
  arity: 3,
  syntax: 'message',
  run: (_ctx, argv) => redisError(oneLine(argv[2] as Bytes)),
});

const subcommands = [...datasetCommands, error, debugProtocol, setActiveExpire, setDisableDenyScripts, sleep, ...tuningCommands];
const help = command({
  ...helpFor('debug', 'server', '1.0.0', ['admin', 'noscript', 'loading', 'stale'], subcommands),
  debug: true,
});

export const debug = container({
  name: 'debug',
  group: 'server',
  summary: 'Looks inside the server, for tests.',
  since: '1.0.0',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  syntax: '',
  debug: true,
  difference: 'DEBUG has the subcommands that conformance suites need, and only on a server that was started with KEDGE_DEBUG=1.',
  subcommands: [...subcommands, help],
});
