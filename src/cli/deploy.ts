// `npm run deploy`: wrangler does the work; what it does not do is make sure that there is a token.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { Failure } from './failure';
import { newToken } from './token';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

const secretList = z.array(z.object({ name: z.string() }));
/** One line of what wrangler writes to WRANGLER_OUTPUT_FILE_PATH. */
const outputLine = z.object({ type: z.string(), targets: z.array(z.string()).nullish() });

/** `args` go to `wrangler deploy` as they are. */
export async function deploy(args: readonly string[]): Promise<void> {
  const wrangler = wranglerPath();
  if (args.includes('--dry-run')) {
    await run(wrangler, ['deploy', ...args], {});
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kedge-deploy-'));
  try {
    const output = join(folder, 'output.ndjson');
    const token = hasToken(wrangler, args) ? undefined : newToken();
    // With the code and not after it: so no version of the Worker was ever there without its token.
    const secrets = token === undefined ? [] : ['--secrets-file', secretsFile(folder, token)];
    try {
      await run(wrangler, ['deploy', ...secrets, ...args], { WRANGLER_OUTPUT_FILE_PATH: output });
    } catch (error) {
      if (token === undefined || !(error instanceof Failure)) throw error;
      throw new Failure(`${error.message}\nIf the Worker had been uploaded by then, its token is ${token}`);
    }
    report(deployedUrls(output), token);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the deployed Worker has a token already. A Worker that does not exist yet has none. */
function hasToken(wrangler: string, args: readonly string[]): boolean {
  const command = [wrangler, 'secret', 'list', '--format', 'json', ...selection(args)];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) {
    if (/10007|not found|does not exist/i.test(`${stdout}${stderr}`)) return false;
    throw new Failure(`could not ask Cloudflare which secrets there are:\n${stderr || stdout}`);
  }
  const start = stdout.indexOf('[');
  return secretList.parse(JSON.parse(stdout.slice(start))).some((secret) => secret.name === 'KEDGE_TOKEN');
}

/** Those of the options that say which Worker is meant. */
function selection(args: readonly string[]): string[] {
  const names = ['--name', '--env', '-e', '--config', '-c'];
  return args.flatMap((arg, i) => {
    if (names.includes(arg)) return args.slice(i, i + 2);
    return names.some((name) => arg.startsWith(`${name}=`)) ? [arg] : [];
  });
}

function secretsFile(folder: string, token: string): string {
  const path = join(folder, 'secrets.json');
  writeFileSync(path, JSON.stringify({ KEDGE_TOKEN: token }), { mode: 0o600 });
  return path;
}

function deployedUrls(output: string): string[] {
  const lines = readFileSync(output, 'utf8').trim().split('\n');
  const messages = lines.map((line) => outputLine.parse(JSON.parse(line)));
  return messages.flatMap((message) => (message.type === 'deploy' ? (message.targets ?? []) : []));
}

function report(urls: readonly string[], token: string | undefined): void {
  const url = urls.find((target) => target.startsWith('https://'));
  console.log(`\n  REST   ${url ?? 'see the addresses above'}`);
  console.log(
    token === undefined
      ? '  Token  as before (npx wrangler secret put KEDGE_TOKEN sets another)'
      : `  Token  ${token}   (shown this once: keep it)`,
  );
  if (url !== undefined) console.log(`  RESP   npx kedge bridge --url ${url.replace(/^https/, 'wss')}/ws --token …\n`);
}

function wranglerPath(): string {
  try {
    const require = createRequire(import.meta.url);
    return join(dirname(require.resolve('wrangler/package.json')), 'bin', 'wrangler.js');
  } catch {
    throw new Failure('wrangler is not installed: run this in a clone of the repository, after npm ci');
  }
}

async function run(wrangler: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [wrangler, ...args], { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Failure('wrangler deploy failed, see above');
}
