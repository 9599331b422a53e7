/** An exposition format. */
export type Format = 'text' | 'openmetrics';

/** A format with the content type that announces it. */
export interface NegotiatedFormat {
  readonly format: Format;
  readonly contentType: string;
}

/** The choices of an Accept or Accept-Encoding header, with their parameters. */
const choices = (header: string) =>
  header.split(',').flatMap((part) => {
    const [value = '', ...rest] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const parameters = new Map(
      rest.map((piece) => {
        const [name = '', text = ''] = piece.split('=').map((side) => side.trim());
        return [name, text.replace(/^"(.*)"$/, '$1')] as const;
      }),
    );
    const quality = Number(parameters.get('q') ?? 1);
    return value === '' ? [] : [{ value, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 }];
  });

const TEXT: NegotiatedFormat = { format: 'text', contentType: 'text/plain; version=0.0.4; charset=utf-8' };

/** The format that a client prefers of those we have; the text format for clients that want none of them. */
export function negotiateFormat(accept = ''): NegotiatedFormat {
  let best = TEXT;
  let bestQuality = 0;
  for (const { value, parameters, quality } of choices(accept)) {
    const version = parameters.get('version') ?? '1.0.0';
    const isOpen = value === 'application/openmetrics-text' && ['0.0.1', '1.0.0'].includes(version);
    if (!isOpen && !['text/plain', 'text/*', '*/*'].includes(value)) continue;
    if (quality <= bestQuality) continue;
    bestQuality = quality;
    const contentType = `application/openmetrics-text; version=${version}; charset=utf-8`;
    best = isOpen ? { format: 'openmetrics', contentType } : TEXT;
  }
  return best;
}

/** Whether a client accepts gzip. */
export function acceptsGzip(acceptEncoding = ''): boolean {
  const all = choices(acceptEncoding);
  const named = all.find(({ value }) => value === 'gzip' || value === 'x-gzip');
  return ((named ?? all.find(({ value }) => value === '*'))?.quality ?? 0) > 0;
}
