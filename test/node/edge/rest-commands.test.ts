import { expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { registry } from '../../../src/commands/registry';
import { isRefusedOverRest, refusalOverRest } from '../../../src/edge/rest-commands';
import { isContainer } from '../../../src/spec/command';

test('what is about a connection is refused, in any case of letters', () => {
  for (const name of ['auth', 'HELLO', 'Multi', 'exec', 'discard', 'watch', 'unwatch', 'client', 'select', 'quit', 'reset', 'himport']) {
    expect(refusalOverRest([ascii(name)])?.text).toBe(
      `ERR Command "${name.toUpperCase()}" is not allowed in REST or it has a special context path`,
    );
  }
});

test('all else is not', () => {
  for (const name of ['get', 'PING', 'echo', 'info', 'config', 'nosuch', '']) expect(refusalOverRest([ascii(name)])).toBeUndefined();
  expect(registry.filter((spec) => !isRefusedOverRest(spec)).length).toBeGreaterThan(100);
});

test('no subcommand is refused alone, since only whole containers are', () => {
  const containers = registry.filter(isContainer);
  expect(containers.length).toBeGreaterThan(3);
  for (const container of containers) {
    if (isRefusedOverRest(container)) continue;
    expect(container.subcommands.filter(isRefusedOverRest).map((spec) => spec.name)).toEqual([]);
  }
});
