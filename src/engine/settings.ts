// SKELETON: the settings that CONFIG knows.

import type { Settings } from '../spec/server';
import type { Engine } from './engine';

export function engineSettings(_engine: Engine): Settings {
  return { match: () => [], set: () => undefined };
}
