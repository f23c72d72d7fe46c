// What is counted of an import, and how it is told.

import { grouped } from '../progress';
import { byName, counted, typeLines } from '../words';

export class Summary {
  keys = 0;
  libraries = 0;
  readonly byType = new Map<string, number>();
  /** Keys, and what else is left out, by the reason. */
  readonly leftOut = new Map<string, number>();

  count(typeName: string): void {
    this.keys++;
    add(this.byType, typeName);
  }

  leaveOut(reason: string): void {
    add(this.leftOut, reason);
  }

  /** @param verb what has become of the keys: `imported`, `found` */
  lines(verb: string): string[] {
    const lines = [`${verb} ${counted(this.keys, 'key')}${this.keys > 0 ? ':' : ''}`];
    lines.push(...typeLines(this.byType));
    if (this.libraries > 0) lines.push(`${verb} ${counted(this.libraries, 'library', 'libraries')} of functions`);
    for (const [reason, count] of byName(this.leftOut)) lines.push(`left out ${grouped(count)}: ${reason}`);
    return lines;
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
