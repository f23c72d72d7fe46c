import { describe, expect, test } from 'vitest';
import { endpoints, httpBase } from '../../../src/cli/endpoint';

const kedge = (text: string) => endpoints.kedge.parse(text);

describe('the address of a Redis', () => {
  test.each([
    ['redis://localhost', { transport: 'tcp', host: 'localhost', port: 6379, database: 0 }],
    ['redis://10.0.0.1:7000/', { transport: 'tcp', host: '10.0.0.1', port: 7000, database: 0 }],
    ['redis://:p%40ss@h/3', { transport: 'tcp', host: 'h', port: 6379, password: 'p@ss', database: 3 }],
    ['rediss://me:100%@h:1', { transport: 'tls', host: 'h', port: 1, username: 'me', password: '100%', database: 0 }],
    ['REDIS://[::1]:6380', { transport: 'tcp', host: '::1', port: 6380, url: 'redis://[::1]:6380' }],
  ])('%s', (text, expected) => {
    const endpoint = endpoints.redis.parse(text);
    expect(endpoint).toMatchObject(expected);
    // What is printed never tells a secret.
    if (endpoint.password !== undefined) expect(endpoint.url).not.toContain(endpoint.password);
  });

  test.each(['', 'localhost', 'http://h', 'redis://', 'redis://h/one', 'redis://h?db=1', 'redis://h:99999', 'redis://h/0/1'])(
    'is refused: %j',
    (text) => {
      expect(endpoints.redis.safeParse(text).success).toBe(false);
    },
  );
});

describe('the address of a Kedge', () => {
  test.each([
    ['https://kedge.example', 'wss://kedge.example/ws', 'https://kedge.example'],
    ['https://kedge.example/', 'wss://kedge.example/ws', 'https://kedge.example'],
    ['wss://kedge.example/ws', 'wss://kedge.example/ws', 'https://kedge.example'],
    ['http://127.0.0.1:8787', 'ws://127.0.0.1:8787/ws', 'http://127.0.0.1:8787'],
    ['ws://[::1]:8787/ws/', 'ws://[::1]:8787/ws', 'http://[::1]:8787'],
    ['https://example.org/cache', 'wss://example.org/cache/ws', 'https://example.org/cache'],
  ])('%s', (text, socket, base) => {
    expect(kedge(text)).toMatchObject({ transport: 'websocket', url: socket });
    expect(httpBase(kedge(text))).toBe(base);
  });

  test('may be that of its RESP port', () => {
    expect(kedge('redis://:t@127.0.0.1:6380')).toMatchObject({ transport: 'tcp', password: 't', port: 6380 });
  });

  test.each(['kedge.example', 'ftp://h', 'https://user:secret@h', 'https://h/?token=t'])('is refused: %j', (text) => {
    expect(endpoints.kedge.safeParse(text).success).toBe(false);
  });
});
