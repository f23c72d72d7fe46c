// Who may run scripts, and what the scripts may do.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { encodeRequest } from '../../../src/protocol/request-writer';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

function setUp() {
  const engine = new TestEngine();
  engine.run('SET', 'k', 'v');
  const reader = engine.connect('read');
  const read = (...argv: string[]) => reader.receive(ascii(encodeRequest(argv.map(ascii)))).output;
  return { engine, read };
}

describe('a read-only token', () => {
  test('runs scripts that only read', () => {
    const { read } = setUp();
    expect(read('EVAL', "return redis.call('get',KEYS[1])", '1', 'k')).toBe('$1\r\nv\r\n');
    expect(read('EVAL_RO', "return redis.call('get',KEYS[1])", '1', 'k')).toBe('$1\r\nv\r\n');
    expect(read('EVAL', "#!lua flags=allow-key-locking\nreturn redis.call('get',KEYS[1])", '1', 'k')).toBe('$1\r\nv\r\n');
  });

  test.each([
    ["return redis.call('set',KEYS[1],'x')"],
    ["return redis.call('del',KEYS[1])"],
    ["#!lua\nreturn redis.call('set',KEYS[1],'x')"],
    ["local r = redis.pcall('flushall') return r"],
  ])('changes nothing by a script: %s', (body) => {
    const { engine, read } = setUp();
    expect(read('EVAL', body, '1', 'k')).toMatch(/^-ERR Write commands are not allowed from read-only (scripts|commands)/);
    expect(plain(engine.run('GET', 'k'))).toBe('v');
  });

  test.each(['keys *', 'scan 0', 'debug sleep 0', 'config get x'])('runs by a script nothing that it could not run itself: %s', (line) => {
    const { read } = setUp();
    const words = line.split(' ').map((word) => `'${word}'`);
    expect(read('EVAL', `return redis.call(${words.join(',')})`, '0')).toMatch(
      /^-ERR (The user executing the script can't run|This Redis command is not allowed)/,
    );
    expect(read('EVAL', `return redis.acl_check_cmd(${words.join(',')})`, '0')).toBe('$-1\r\n');
  });

  test('leaves no script behind', () => {
    const { engine, read } = setUp();
    expect(read('EVAL', 'return 1', '0')).toBe(':1\r\n');
    expect(plain(engine.run('SCRIPT', 'EXISTS', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db'))).toEqual([0]);
    expect(read('SCRIPT', 'LOAD', 'return 1')).toMatch(/^-NOPERM/);
    expect(read('FUNCTION', 'LOAD', 'x')).toMatch(/^-NOPERM/);
    expect(read('SCRIPT', 'FLUSH')).toMatch(/^-NOPERM/);
    engine.run('SCRIPT', 'LOAD', 'return 1');
    expect(read('EVALSHA', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', '0')).toBe(':1\r\n');
  });

  test('calls functions that only read', () => {
    const { engine, read } = setUp();
    engine.run(
      'FUNCTION',
      'LOAD',
      "#!lua name=l\nredis.register_function('get', function(keys) return redis.call('get',keys[1]) end)\nredis.register_function('del', function(keys) return redis.call('del',keys[1]) end)",
    );
    expect(read('FCALL', 'get', '1', 'k')).toBe('$1\r\nv\r\n');
    expect(read('FCALL', 'del', '1', 'k')).toMatch(/^-ERR Write commands are not allowed/);
    expect(plain(engine.run('EXISTS', 'k'))).toBe(1);
  });
});

describe('acl_check_cmd', () => {
  test('tells what the one who called the script may do', () => {
    const { engine, read } = setUp();
    const body = "return {redis.acl_check_cmd('get','k'),redis.acl_check_cmd('set','k','v')}";
    expect(read('EVAL', body, '0')).toBe('*2\r\n:1\r\n$-1\r\n');
    expect(plain(engine.run('EVAL', body, 0))).toEqual([1, 1]);
  });
});

describe('DEBUG SET-DISABLE-DENY-SCRIPTS', () => {
  test('lets scripts run what is not made for them, until it is set back', () => {
    const { engine } = setUp();
    const call = () => plain(engine.run('EVAL', "return redis.call('client','getname')", 0));
    expect(call()).toMatch(/^ERR This Redis command is not allowed from script/);
    engine.run('DEBUG', 'SET-DISABLE-DENY-SCRIPTS', 1);
    expect(call()).toBe(null);
    engine.run('DEBUG', 'SET-DISABLE-DENY-SCRIPTS', 0);
    expect(call()).toMatch(/^ERR This Redis command is not allowed from script/);
  });

  test('lets no script run another one', () => {
    const { engine } = setUp();
    engine.run('DEBUG', 'SET-DISABLE-DENY-SCRIPTS', 1);
    expect(plain(engine.run('EVAL', "return redis.call('eval','return 1',0)", 0))).toMatch(
      /^ERR This Redis command is not allowed from script/,
    );
  });
});

describe('allow-key-locking', () => {
  test('keeps a script from the keys of others, whichever way it names them', () => {
    const { engine } = setUp();
    const lines = ["redis.call('mget','k','other')", "redis.call('rename','k','other')", "redis.call('flushdb')", "redis.call('flushall')"];
    for (const line of lines) {
      expect(plain(engine.run('EVAL', `#!lua flags=allow-key-locking\nreturn ${line}`, 1, 'k')), line).toMatch(
        /^ERR (Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set. Key was: other|FLUSHDB and FLUSHALL are not allowed)/,
      );
    }
    expect(plain(engine.run('GET', 'k'))).toBe('v');
  });
});
