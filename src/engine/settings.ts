// The settings of one shard: what CONFIG GET shows and CONFIG SET changes.

import { ascii, type Bytes } from '../bytes/bytes';
import { globMatch } from '../bytes/glob';
import { DISK_FULL, redisError } from '../protocol/errors';
import type { ErrorReply } from '../protocol/reply';
import type { Persistence, Settings } from '../spec/server';
import type { Engine } from './engine';
import { Refused } from './settings-kinds';
import { SETTINGS, type Setting } from './settings-table';

const BY_NAME = new Map<string, Setting>();
for (const setting of SETTINGS) {
  BY_NAME.set(setting.name, setting);
  if (setting.alias !== undefined) BY_NAME.set(setting.alias, setting);
}

const PATTERN = /[[*?]/;

export function engineSettings(engine: Engine, persistence: Persistence): Settings {
  return new EngineSettings(engine, persistence);
}

class EngineSettings implements Settings {
  /** What was set; a setting that is not in here has its initial value. */
  private readonly values = new Map<Setting, Bytes>();

  constructor(
    private readonly engine: Engine,
    private readonly persistence: Persistence,
  ) {
    for (const setting of SETTINGS) {
      const kept = setting.durable ? persistence.setting(setting.name) : undefined;
      // A release that knows more values may have run here before.
      const value = kept === undefined ? undefined : setting.kind(ascii(kept), this.valueOf(setting));
      if (value !== undefined && !(value instanceof Refused)) this.take(setting, value);
    }
  }

  get(name: string): Bytes {
    const setting = BY_NAME.get(name);
    if (!setting) throw new Error(`there is no setting ${name}`);
    return this.shown(setting);
  }

  match(patterns: readonly Bytes[]): [name: string, value: Bytes][] {
    const found = new Map<string, Bytes>();
    for (const pattern of patterns) {
      if (!PATTERN.test(pattern)) {
        const setting = BY_NAME.get(pattern.toLowerCase());
        // The answer repeats the name as it was asked for.
        if (setting && !found.has(pattern)) found.set(pattern, this.shown(setting));
        continue;
      }
      for (const [name, setting] of BY_NAME) {
        if (!setting.hidden && globMatch(pattern, ascii(name), true)) found.set(name, this.shown(setting));
      }
    }
    return [...found];
  }

  set(pairs: readonly [name: Bytes, value: Bytes][]): void {
    const chosen = this.choose(pairs.map(([name]) => name));
    const values = chosen.map((setting, i) => {
      const [name, text] = pairs[i] as [Bytes, Bytes];
      const value = setting.kind(text, this.valueOf(setting));
      if (value instanceof Refused) throw failed(name.toLowerCase(), value.reason);
      return value;
    });
    if (this.persistence.shortage === 'disk' && chosen.some(({ durable }) => durable)) throw DISK_FULL;
    for (const [i, setting] of chosen.entries()) {
      const value = values[i] as Bytes;
      this.take(setting, value);
      if (setting.durable) this.persistence.keepSetting(setting.name, value);
    }
  }

  private take(setting: Setting, value: Bytes): void {
    this.values.set(setting, value);
    setting.effect?.(this.engine, value, this.persistence);
  }

  /** The settings of these names. Of several mistakes the first one is told. */
  private choose(names: readonly Bytes[]): Setting[] {
    const chosen: Setting[] = [];
    const named = new Set<string>();
    for (const name of names) {
      const lower = name.toLowerCase();
      const setting = BY_NAME.get(lower);
      if (!setting) throw redisError(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`);
      if (setting.fixed) throw failed(name, `can't set ${setting.fixed} config`);
      // A setting and its older name count as two.
      if (named.has(lower)) throw failed(name, 'duplicate parameter');
      named.add(lower);
      chosen.push(setting);
    }
    return chosen;
  }

  private shown(setting: Setting): Bytes {
    const value = this.valueOf(setting);
    return setting.shown ? ascii(setting.shown(value)) : value;
  }

  private valueOf(setting: Setting): Bytes {
    const { initial } = setting;
    return this.values.get(setting) ?? ascii(typeof initial === 'string' ? initial : initial(this.engine, this.persistence));
  }
}

function failed(name: string, reason: string): ErrorReply {
  return redisError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);
}
