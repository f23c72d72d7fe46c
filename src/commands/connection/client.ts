import { container } from '../../spec/command';
import { helpFor } from '../../spec/help';
import { clientKill, clientUnblock } from './client-kill';
import { clientId, clientInfo, clientList } from './client-list';
import { clientPause, clientUnpause } from './client-pause';
import { clientGetname, clientNoEvict, clientNoTouch, clientReply, clientSetinfo, clientSetname } from './client-settings';
import { clientCaching, clientGetredir, clientTracking, clientTrackinginfo } from './client-tracking';

const subcommands = [
  clientCaching,
  clientGetname,
  clientGetredir,
  clientId,
  clientInfo,
  clientKill,
  clientList,
  clientNoEvict,
  clientNoTouch,
  clientPause,
  clientReply,
  clientSetinfo,
  clientSetname,
  clientTracking,
  clientTrackinginfo,
  clientUnblock,
  clientUnpause,
];

export const client = container({
  name: 'client',
  group: 'connection',
  summary: 'Commands about connections.',
  since: '2.4.0',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: ['sentinel'],
  syntax: '',
  rest: 'refused',
  subcommands: [...subcommands, helpFor('client', 'connection', '5.0.0', ['loading', 'stale', 'sentinel'], subcommands)],
});
