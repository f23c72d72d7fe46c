// Every transcript through the engine, in both protocols; what it wrote is the same after the journal is replayed.

import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { ascii } from '../../../src/bytes/bytes';
import { encodeRequest } from '../../../src/protocol/request-writer';
import { expectSameAnswer } from '../../conformance/compare';
import { readTranscript, transcriptNames } from '../../conformance/transcript';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';

describe.each(transcriptNames())('%s', (name) => {
  test.each([2, 3] as const)('RESP%i', (version) => {
    let compared = 0;
    for (const scene of readTranscript(name)) {
      const engine = new TestEngine();
      const connection = engine.connect();
      if (version === 3) connection.receive(ascii('HELLO 3\r\n'));
      for (const line of scene.lines) {
        const expected = version === 2 ? line.resp2 : line.resp3;
        if (expected === undefined) throw new Error(`'${line.text}' has not been recorded (npm run record)`);
        const { output } = connection.receive(ascii(encodeRequest(line.argv)));
        expectSameAnswer(line.mark, line.text, output as Bytes, expected);
        engine.flush();
        compared++;
      }
      expect(engine.faults).toEqual([]);
      expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
    }
    expect(compared).toBeGreaterThan(0);
  });
});
