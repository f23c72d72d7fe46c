import type { AnyCommandSpec } from '../../spec/command';
import { geoadd } from './add';
import { georadius, georadiusbymember, georadiusbymemberRo, georadiusRo } from './radius';
import { geodist, geohash, geopos } from './read';
import { geosearch, geosearchstore } from './search';

export const geoCommands: readonly AnyCommandSpec[] = [
  geoadd,
  geodist,
  geohash,
  geopos,
  georadius,
  georadiusRo,
  georadiusbymember,
  georadiusbymemberRo,
  geosearch,
  geosearchstore,
];
