// Latency events (latency.c): of each kind of work that took long, the worst of every second in which one did. Time is
// what the runtime's clock says: see slow-log.ts.

import type { LatencyEvents, LatencySample } from '../spec/server';

/** Samples kept of an event. */
const SAMPLES_MAX = 160;

interface Series {
  readonly samples: LatencySample[];
  worstMs: number;
}

export class EngineLatency implements LatencyEvents {
  /** latency-monitor-threshold; 0 for never. */
  thresholdMs = 0;
  private readonly series = new Map<string, Series>();

  get events(): readonly string[] {
    return [...this.series.keys()];
  }

  samples(event: string): readonly LatencySample[] {
    return this.series.get(event)?.samples ?? [];
  }

  worstMs(event: string): number {
    return this.series.get(event)?.worstMs ?? 0;
  }

  reset(event: string): boolean {
    return this.series.delete(event);
  }

  /** Takes note of work that is done. */
  note(event: string, tookMs: number, nowMs: number): void {
    if (this.thresholdMs === 0 || tookMs < this.thresholdMs) return;
    let series = this.series.get(event);
    if (!series) {
      series = { samples: [], worstMs: 0 };
      this.series.set(event, series);
    }
    const { samples } = series;
    series.worstMs = Math.max(series.worstMs, tookMs);
    const second = Math.floor(nowMs / 1000);
    const last = samples.at(-1);
    if (last?.second === second) {
      last.ms = Math.max(last.ms, tookMs);
      return;
    }
    if (samples.length === SAMPLES_MAX) samples.shift();
    samples.push({ second, ms: tookMs });
  }
}
