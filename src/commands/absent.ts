// The commands of Redis 8.10 that are not here, and why. The README prints this list, and a test compares it with the
// registry: each of Redis' own commands is declared or named here, and none is both. When you declare a command, take
// its name out.

import type { Absence } from '../spec/command-table';

const words = (text: string): string[] => text.split(' ');

function subcommands(container: string, names: string): string[] {
  return words(names).map((name) => `${container}|${name}`);
}

export const ABSENT: readonly Absence[] = [
  { reason: 'SAVE, BGSAVE and `POST /v1/snapshots` write backups into the bucket.', names: ['backup'] },
  {
    reason:
      'Vector sets: the memory of one object holds too few vectors for a search among them to be of use. Cloudflare Vectorize is made for that.',
    names: words('vadd vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrange vrem vsetattr vsim'),
  },
  {
    reason: 'On Cloudflare the clock stands still while a command runs, so that the time which each key costs cannot be measured.',
    names: ['hotkeys'],
  },
  {
    reason: 'The only user is `default`, whose passwords are the tokens of the deployment.',
    names: subcommands('acl', 'deluser load save setuser'),
  },
  {
    reason: 'Wrong tokens are refused at the edge, before any object that could keep a log of them is reached.',
    names: subcommands('acl', 'log'),
  },
  { reason: 'There are no modules to load.', names: subcommands('module', 'load loadex unload') },
  { reason: 'The platform starts and stops the objects.', names: ['shutdown'] },
  {
    reason: 'They serve the nodes of a Redis Cluster, between themselves. Shards are the platform’s and KEDGE_SHARDS’ affair.',
    names: [
      ...subcommands(
        'cluster',
        'addslots addslotsrange bumpepoch count-failure-reports delslots delslotsrange failover flushslots forget meet migration replicas replicate reset saveconfig set-config-epoch setslot slaves slot-stats syncslots',
      ),
      ...words('restore-asking trimslots'),
    ],
  },
  {
    reason: 'There is no link to another Redis server, neither to copy from it nor to send keys to it.',
    names: words('replicaof slaveof sync psync replconf failover migrate'),
  },
];
