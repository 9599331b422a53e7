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

/** Turns scrapes into what Prometheus stores of them: `up`, the samples, and staleness markers. */
export class ScrapeWriter {
  readonly #alive = new Map<string, Readonly<Record<string, string>>>();

  seriesOf({ epoch, targets }: Scrape): WrittenSeries[] {
    if (targets === undefined) return [];
    const time = epoch * 1000;
    const now = new Map<string, WrittenSeries>();
    const add = (labels: Readonly<Record<string, string>>, value: number) =>
      now.set(JSON.stringify(labels), { labels, samples: [[time, value]] });
    for (const { job, instance, exposition } of targets) {
      add({ __name__: 'up', job, instance }, exposition === undefined ? 0 : 1);
      for (const { series, value } of exposition?.samples ?? []) {
        const brace = series.indexOf('{');
        const name = brace < 0 ? series : series.slice(0, brace);
        const own = [...series.slice(name.length).matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(
          ([, label, text]) => [label, JSON.parse(`"${text}"`) as string],
        );
        add({ __name__: name, job, instance, ...Object.fromEntries(own) }, value);
      }
    }
    const stale = [...this.#alive]
      .filter(([key]) => !now.has(key))
      .map(([, labels]): WrittenSeries => ({ labels, samples: [[time, undefined]] }));
    this.#alive.clear();
    for (const [key, { labels }] of now) this.#alive.set(key, labels);
    return [...now.values(), ...stale];
  }
}
