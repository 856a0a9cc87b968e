import { strict as assert } from 'node:assert';

/** Names and values that tell one series of a metric from another. */
export type Labels = Readonly<Record<string, string>>;

/** Goes up only. */
export interface Counter {
  inc(labels?: Labels, by?: number): void;
}

/** Goes up and down. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
}

/** Counts values by size, so that quantiles can be estimated. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** Most series of one metric; what comes beyond is counted under the label `overflow="true"`. */
export const seriesMax = 1_000;

type MetricType = 'counter' | 'gauge' | 'histogram';

interface Series {
  value: number;
  /** Of a histogram: how many values lie in each bucket, the last one being +Inf. */
  readonly counts: number[];
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly buckets: readonly number[];
  readonly series: Map<string, Series>;
}

/** The metrics of one process, written as Prometheus reads them. */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();

  counter(name: string, help: string): Counter {
    const metric = this.#register(name, help, 'counter', []);
    return {
      inc(labels = {}, by = 1) {
        assert(by >= 0, `counter ${name} must not go down`);
        seriesOf(metric, labels).value += by;
      },
    };
  }

  gauge(name: string, help: string): Gauge {
    const metric = this.#register(name, help, 'gauge', []);
    return {
      set(value, labels = {}) {
        seriesOf(metric, labels).value = value;
      },
    };
  }

  /** @param buckets upper bounds, ascending, in the unit that the name ends with */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    const metric = this.#register(name, help, 'histogram', buckets);
    return {
      observe(value, labels = {}) {
        const series = seriesOf(metric, labels);
        series.value += value;
        const found = buckets.findIndex((bound) => value <= bound);
        const index = found === -1 ? buckets.length : found;
        series.counts[index] = (series.counts[index] ?? 0) + 1;
      },
    };
  }

  /** The text format of Prometheus, version 0.0.4. */
  render(): string {
    const lines: string[] = [];
    for (const metric of this.#metrics.values()) {
      lines.push(`# HELP ${metric.name} ${metric.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`);
      lines.push(`# TYPE ${metric.name} ${metric.type}`);
      for (const [labels, series] of metric.series) {
        if (metric.type === 'histogram') lines.push(...histogramLines(metric, labels, series));
        else lines.push(line(metric.name, labels, series.value));
      }
    }
    return `${lines.join('\n')}\n`;
  }

  #register(name: string, help: string, type: MetricType, buckets: readonly number[]): Metric {
    assert(/^[a-z][a-z0-9_]*$/.test(name), `"${name}" is not a metric's name`);
    const known = this.#metrics.get(name);
    if (known !== undefined) {
      assert.equal(known.type, type, `metric ${name} is a ${known.type} already`);
      return known;
    }
    const metric: Metric = { name, help, type, buckets, series: new Map() };
    this.#metrics.set(name, metric);
    return metric;
  }
}

function seriesOf(metric: Metric, labels: Labels): Series {
  let key = labelText(labels);
  if (!metric.series.has(key) && metric.series.size >= seriesMax) key = labelText({ overflow: 'true' });
  let series = metric.series.get(key);
  if (series === undefined) {
    const counts = metric.type === 'histogram' ? new Array<number>(metric.buckets.length + 1).fill(0) : [];
    series = { value: 0, counts };
    metric.series.set(key, series);
  }
  return series;
}

function histogramLines(metric: Metric, labels: string, series: Series): string[] {
  const lines: string[] = [];
  let total = 0;
  for (const [index, count] of series.counts.entries()) {
    total += count;
    const bound = metric.buckets[index];
    const le = `le="${bound === undefined ? '+Inf' : bound}"`;
    lines.push(line(`${metric.name}_bucket`, labels === '' ? le : `${labels},${le}`, total));
  }
  lines.push(line(`${metric.name}_sum`, labels, series.value));
  lines.push(line(`${metric.name}_count`, labels, total));
  return lines;
}

function labelText(labels: Labels): string {
  const parts: string[] = [];
  for (const name of Object.keys(labels).sort()) {
    const text = (labels[name] ?? '').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    parts.push(`${name}="${text}"`);
  }
  return parts.join(',');
}

function line(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`;
}
