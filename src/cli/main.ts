// `kedge`: the command line. Chooses the command, and turns failures into a line and an exit code.

import { version } from '../../package.json';
import { bridge } from './bridge';
import { deploy } from './deploy';
import { errorCode, Failure, UsageFailure } from './failure';
import { importFile } from './import/import';
import { importSettings, readImportSettings } from './import/settings';
import { migrate } from './migrate/migrate';
import { migrateSettings, readMigrateSettings } from './migrate/settings';
import { bridgeSettings, describeSettings, readBridgeSettings, readStartSettings, startSettings } from './settings';
import { exportDatabase, runSnapshot } from './snapshot/commands';
import { exportSettings, readExportSettings, snapshotSettings } from './snapshot/settings';
import { start } from './start';

interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly details: string;
  run(args: readonly string[]): Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  start: {
    usage: 'kedge start [options]',
    summary: 'run Kedge on this machine, with its data in a folder',
    details: `Serves REST, RESP over WebSocket (/ws) and RESP over TCP until it gets SIGINT or SIGTERM.\n\n${describeSettings(startSettings)}`,
    run: (args) => start(readStartSettings(args, process.env)),
  },
  bridge: {
    usage: 'kedge bridge --url URL [options]',
    summary: 'let Redis clients reach a deployed Kedge: TCP here, WebSocket there',
    details: `Whoever can connect to the address acts with the token, so keep it on loopback.\n\n${describeSettings(bridgeSettings)}`,
    run: (args) => bridge(readBridgeSettings(args, process.env)),
  },
  migrate: {
    usage: 'kedge migrate --from URL --url URL [options]',
    summary: 'copy a live Redis into Kedge, with what changes there meanwhile',
    details: `Copies every key with its deadline, and the libraries of functions, then again what has changed since, until nothing
has. Compares keys chosen at random in the end. Exits with 1 when anything is not at the target as it is at the source.

${describeSettings(migrateSettings)}`,
    run: (args) => migrate(readMigrateSettings(args, process.env)),
  },
  import: {
    usage: 'kedge import FILE --url URL [options]',
    summary: 'load an RDB file, of Redis or of Kedge',
    details: `Reads the file twice: nothing is changed before all of it is known to be whole. Ends with what was imported, and what was
left out and why.

${describeSettings(importSettings)}`,
    run: (args) => importFile(readImportSettings(args, process.env)),
  },
  export: {
    usage: 'kedge export FILE --url URL [options]',
    summary: 'write the whole database as one RDB file that redis-server loads',
    details: `Takes a snapshot, downloads it, checks its checksum, and deletes it on the server. What is in it is told on standard error.

${describeSettings(exportSettings)}`,
    run: (args) => exportDatabase(readExportSettings(args, process.env)),
  },
  snapshot: {
    usage: 'kedge snapshot create|list|show ID|download ID [FILE]|delete ID --url URL [options]',
    summary: 'backups of the whole database that stay on the server, in its bucket',
    details: Object.entries(snapshotSettings)
      .map(([action, settings]) => `kedge snapshot ${action}\n${describeSettings(settings)}`)
      .join('\n\n'),
    run: (args) => runSnapshot(args, process.env),
  },
  deploy: {
    usage: 'kedge deploy [options of wrangler deploy]',
    summary: 'put the Worker on Cloudflare; the first time with a new random token',
    details: 'Everything after `deploy` goes to `wrangler deploy`: --dry-run checks everything without an account.',
    run: (args) => deploy(args),
  },
};

const HELP = `kedge ${version}: Redis on Durable Objects

${Object.values(commands)
  .map(({ usage, summary }) => `  ${usage}\n      ${summary}`)
  .join('\n')}

\`kedge COMMAND --help\` lists the options.`;

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === '--version' || name === '-v') return console.log(version);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return console.log(HELP);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageFailure(`there is no command '${name}': see kedge --help`);
  if (args.includes('--help') || args.includes('-h')) return console.log(`${command.usage}\n\n${command.details}`);
  await command.run(args);
}

try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (thrown) {
  const error = errorCode(thrown) === 'ENOSPC' ? new Failure(`there is no space left on the disk: ${(thrown as Error).message}`) : thrown;
  if (!(error instanceof Failure)) throw error;
  console.error(`kedge: ${error.message}`);
  process.exit(error.exitCode);
}
