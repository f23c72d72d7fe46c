import type { Group } from '../../src/spec/command';

/** Groups of commands that Redis keeps in modules, which the redis-server of the tests does not have. */
export const MODULE_GROUPS: ReadonlySet<Group> = new Set(['json', 'bloom', 'cuckoo', 'cms', 'topk', 'throttle']);
