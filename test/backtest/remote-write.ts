import type { Scrape } from '../../src/simulator/run.js';

/** One sample to write; `undefined` is Prometheus' staleness marker. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, and the value. */
  readonly samples: readonly (readonly [time: number, value: number | undefined])[];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

const field = (number: number, body: Buffer) =>
  Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(body.length)]), body]);

// The bits tell it from any other NaN; a number of JavaScript would lose them.
const STALE = Buffer.from('020000000000f07f', 'hex');

function sampleOf([time, value]: WrittenSeries['samples'][number]): Buffer {
  const double = Buffer.alloc(8);
  if (value === undefined) STALE.copy(double);
  else double.writeDoubleLE(value);
  return field(2, Buffer.concat([Buffer.from([9]), double, Buffer.from([16, ...varint(time)])]));
}

const encodedLabels = new Map<string, Buffer>();

function labelsOf(labels: WrittenSeries['labels']): Buffer {
  const names = Object.keys(labels).sort();
  const key = JSON.stringify(names.map((name) => [name, labels[name]]));
  let encoded = encodedLabels.get(key);
  if (encoded === undefined) {
    encoded = Buffer.concat(
      names.map((name) =>
        field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name] as string))])),
      ),
    );
    encodedLabels.set(key, encoded);
  }
  return encoded;
}

/** Snappy's block format without any compression: literals only. */
function snappy(data: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from(varint(data.length))];
  for (let at = 0; at < data.length; at += 65_536) {
    const piece = data.subarray(at, at + 65_536);
    const head = Buffer.from([61 << 2, 0, 0]);
    head.writeUInt16LE(piece.length - 1, 1);
    parts.push(head, piece);
  }
  return Buffer.concat(parts);
}

/** Writes samples into a Prometheus started with `--web.enable-remote-write-receiver`. */
export async function remoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const request = Buffer.concat(
    series.map(({ labels, samples }) =>
      field(1, Buffer.concat([labelsOf(labels), ...samples.map(sampleOf)])),
    ),
  );
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: new Uint8Array(snappy(request)),
  });
  if (!response.ok) throw new Error(`remote write: HTTP ${response.status}: ${await response.text()}`);
}

type Labels = Readonly<Record<string, string>>;

/** A series as the text format names it: `name{label="value"}`. */
export function labelsOfSeries(series: string): Labels {
  const brace = series.indexOf('{');
  const name = brace < 0 ? series : series.slice(0, brace);
  const own = [...series.slice(name.length).matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, label, text]) => [label, JSON.parse(`"${text}"`) as string],
  );
  return { __name__: name, ...Object.fromEntries(own) };
}

/** Adds staleness markers for what was there before and is no more, as Prometheus does after a scrape or an evaluation. */
export class StalenessMarker {
  readonly #alive = new Map<string, Labels>();

  /** @param time milliseconds since the epoch */
  seriesAt(time: number, samples: Iterable<readonly [labels: Labels, value: number]>): WrittenSeries[] {
    const now = new Map<string, WrittenSeries>();
    for (const [labels, value] of samples) {
      now.set(JSON.stringify(labels), { labels, samples: [[time, value]] });
    }
    const stale = [...this.#alive]
      .filter(([key]) => !now.has(key))
      .map(([, labels]): WrittenSeries => ({ labels, samples: [[time, undefined]] }));
    this.#alive.clear();
    for (const [key, { labels }] of now) this.#alive.set(key, labels);
    return [...now.values(), ...stale];
  }
}

function* samplesOf(targets: NonNullable<Scrape['targets']>): Generator<readonly [Labels, number]> {
  for (const { job, instance, exposition } of targets) {
    yield [{ __name__: 'up', job, instance }, exposition === undefined ? 0 : 1];
    for (const { series, value } of exposition?.samples ?? []) {
      const { __name__, ...own } = labelsOfSeries(series);
      yield [{ __name__: __name__ as string, job, instance, ...own }, value];
    }
  }
}

/**
 * Writes a scenario's scrapes, as Prometheus stores them: `up`, the samples, and staleness markers.
 *
 * @param more what is to be written besides at that time, in seconds since the epoch: Prometheus takes nothing that is much older than what it
 *   has
 */
export async function writeScrapes(
  url: string,
  scrapes: AsyncIterable<Scrape> | Iterable<Scrape>,
  more: (epoch: number) => readonly WrittenSeries[] = () => [],
): Promise<void> {
  const marker = new StalenessMarker();
  let pending: WrittenSeries[] = [];
  for await (const { epoch, targets } of scrapes) {
    if (targets !== undefined) pending.push(...marker.seriesAt(epoch * 1000, samplesOf(targets)));
    pending.push(...more(epoch));
    if (pending.length < 20_000) continue;
    await remoteWrite(url, pending);
    pending = [];
  }
  if (pending.length > 0) await remoteWrite(url, pending);
}
