/** An exposition format. */
export type Format = 'text' | 'openmetrics';

/** The choices of an Accept or Accept-Encoding header, with their parameters. */
const choices = (header: string) =>
  header
    .toLowerCase()
    .split(',')
    .map((part) => {
      const pairs = part.matchAll(/;\s*([^\s;=]+)\s*=\s*"?([^\s;"]*)/g);
      const parameters = new Map([...pairs].map(([, name = '', text = '']) => [name, text]));
      const quality = Number(parameters.get('q') ?? 1);
      const value = part.split(';')[0]?.trim() ?? '';
      return { value, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
    });

const TEXT = { format: 'text' as Format, contentType: 'text/plain; version=0.0.4; charset=utf-8' };

/** The format that a client prefers of those we have, with its content type; the text format for clients that want none of them. */
export function negotiateFormat(accept = ''): typeof TEXT {
  let best = { ...TEXT, quality: 0 };
  for (const { value, parameters, quality } of choices(accept)) {
    const version = parameters.get('version') ?? '1.0.0';
    const isOpen = value === 'application/openmetrics-text' && ['0.0.1', '1.0.0'].includes(version);
    if (!isOpen && !['text/plain', 'text/*', '*/*'].includes(value)) continue;
    if (quality <= best.quality) continue;
    const contentType = `application/openmetrics-text; version=${version}; charset=utf-8`;
    best = isOpen ? { format: 'openmetrics', contentType, quality } : { ...TEXT, quality };
  }
  return best;
}

/** Whether a client accepts gzip. */
export function acceptsGzip(acceptEncoding = ''): boolean {
  const all = choices(acceptEncoding);
  const named = all.find(({ value }) => value === 'gzip' || value === 'x-gzip');
  return ((named ?? all.find(({ value }) => value === '*'))?.quality ?? 0) > 0;
}
