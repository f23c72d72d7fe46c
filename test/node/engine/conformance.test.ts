// Every transcript through the engine, in both protocols; what it wrote is the same after the journal is replayed.

import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { ascii } from '../../../src/bytes/bytes';
import { encodeRequest } from '../../../src/protocol/request-writer';
import { expectSameAnswer } from '../../conformance/compare';
import { expectedAnswer, readTranscript, type Scene, transcriptNames } from '../../conformance/transcript';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';

/** Everything but how values are stored, which a scene may have set. */
function outline(engine: TestEngine): unknown {
  const deadlines = Object.entries(datasetOf(engine)).map(([key, [type, , deadline]]) => [key, type, deadline]);
  return { digest: engine.run('DEBUG', 'DIGEST'), deadlines: deadlines.sort() };
}

function play(scene: Scene, version: 2 | 3): void {
  const engine = new TestEngine();
  const connection = engine.connect();
  if (version === 3) connection.receive(ascii('HELLO 3\r\n'));
  for (const line of scene.lines) {
    const expected = expectedAnswer(line, version);
    const { output } = connection.receive(ascii(encodeRequest(line.argv)));
    expectSameAnswer(line.mark, line.text, output as Bytes, expected);
    engine.flush();
  }
  expect(engine.faults).toEqual([]);
  expect(outline(engine.replayed())).toEqual(outline(engine));
}

describe.each(transcriptNames())('%s', (name) => {
  const scenes = readTranscript(name);
  describe.each([2, 3] as const)('RESP%i', (version) => {
    test.each(scenes)('$title', (scene) => {
      expect(scene.lines.length).toBeGreaterThan(0);
      play(scene, version);
    });
  });
});
