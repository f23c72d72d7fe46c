import { expect, test } from 'vitest';
import { type Budgeted, divideMemory, shareMemory } from '../../../src/shard/memory-share';

const MB = 1024 * 1024;

test('the shards of an isolate have two budgets together, each no more than its own and no less than 4 MB', () => {
  const shards: Budgeted[] = [];
  const budgets = [1, 2, 3, 4, 16, 32].map((count) => {
    while (shards.length < count) {
      const keys = { memoryBudget: 0 };
      shards.push(keys);
      shareMemory(keys, 40 * MB);
    }
    divideMemory();
    expect(new Set(shards.map(({ memoryBudget }) => memoryBudget)).size).toBe(1);
    return Math.floor((shards[0] as Budgeted).memoryBudget / MB);
  });
  expect(budgets).toEqual([40, 40, 26, 20, 5, 4]);
});
