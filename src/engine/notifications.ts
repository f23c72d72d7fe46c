// Keyspace notifications: what happens to keys, published as messages (notify.c). Which events are told is decided when
// they happen, for a CONFIG SET may come in the middle of a transaction.

import { ascii, type Bytes } from '../bytes/bytes';
import type { TypeName } from '../types/value';
import { bitsOf, classOf, KEYEVENT, KEYSPACE } from './notification-classes';

/** The database is always number 0. */
const KEYSPACE_CHANNEL = '__keyspace@0__:';
const KEYEVENT_CHANNEL = '__keyevent@0__:';

const NEW = 'new';
/** Events of commands that remove the key whose name they need, where others put a value in the place of the old one. */
const MAKE_ANEW = new Set(['copy_to', 'restore']);

export class Notifications {
  /** Anything is told at all. */
  isOn = false;
  private classes = 0;

  constructor(private readonly publish: (channel: Bytes, message: Bytes) => void) {}

  /** @param classes as {@link parseClasses} gives them */
  configure(classes: string): void {
    this.classes = bitsOf(classes);
    this.isOn = (this.classes & (KEYSPACE | KEYEVENT)) !== 0;
  }

  tell(event: string, key: Bytes): void {
    const { classes } = this;
    if ((classes & classOf(event)) === 0) return;
    const name = ascii(event);
    if (classes & KEYSPACE) this.publish((KEYSPACE_CHANNEL + key) as Bytes, name);
    if (classes & KEYEVENT) this.publish((KEYEVENT_CHANNEL + event) as Bytes, key);
  }

  /**
   * A key has got a value.
   * @param former the type of the value in whose place it is
   */
  tellSet(event: string | undefined, key: Bytes, former: TypeName | undefined, type: TypeName): void {
    const isAnew = event !== undefined && MAKE_ANEW.has(event);
    if (former === undefined || isAnew) this.tell(NEW, key);
    if (former !== undefined && !isAnew) this.tellOverwritten(key, former, type);
    if (event !== undefined) this.tell(event, key);
    if (former !== undefined && isAnew) this.tellOverwritten(key, former, type);
  }

  /** A key has got another name: as {@link tellSet}. */
  tellRename(from: Bytes, to: Bytes, former: TypeName | undefined, type: TypeName): void {
    this.tell(NEW, to);
    this.tell('rename_from', from);
    this.tell('rename_to', to);
    if (former !== undefined) this.tellOverwritten(to, former, type);
  }

  private tellOverwritten(key: Bytes, former: TypeName, type: TypeName): void {
    this.tell('overwritten', key);
    if (former !== type) this.tell('type_changed', key);
  }
}
