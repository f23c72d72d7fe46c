// The planner of each layout, made once per isolate.

import { registry } from '../commands/registry';
import { Table } from '../engine/table';
import { Planner } from './plan';
import { SlotMap } from './slot-map';

const table = new Table(registry);
const planners = new Map<number, Planner>();

/** @param shards KEDGE_SHARDS */
export function plannerFor(shards: number): Planner {
  let planner = planners.get(shards);
  if (!planner) {
    planner = new Planner(table, new SlotMap(shards));
    planners.set(shards, planner);
  }
  return planner;
}
