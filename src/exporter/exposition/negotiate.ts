import type { Format } from './render.js';

/** One choice of an Accept or Accept-Encoding header. */
interface Choice {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

function choices(header: string): Choice[] {
  return header.split(',').flatMap((part) => {
    const [value = '', ...rest] = part.split(';').map((piece) => piece.trim().toLowerCase());
    if (value === '') return [];
    const parameters = new Map(
      rest.map((piece) => {
        const [name = '', text = ''] = piece.split('=').map((side) => side.trim());
        return [name, text.replace(/^"(.*)"$/, '$1')] as const;
      }),
    );
    const quality = Number(parameters.get('q') ?? 1);
    return [{ value, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 }];
  });
}

/** An exposition format with the content type that announces it. */
export interface NegotiatedFormat {
  readonly format: Format;
  readonly contentType: string;
}

const TEXT: NegotiatedFormat = {
  format: 'text',
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
};

/** The format a client likes best of those we have; the text format for clients that like none. */
export function negotiateFormat(accept: string | undefined): NegotiatedFormat {
  let best = TEXT;
  let bestQuality = 0;
  for (const { value, parameters, quality } of choices(accept ?? '')) {
    const version = parameters.get('version');
    let format: NegotiatedFormat | undefined;
    if (value === 'application/openmetrics-text' && [undefined, '0.0.1', '1.0.0'].includes(version)) {
      const contentType = `application/openmetrics-text; version=${version ?? '1.0.0'}; charset=utf-8`;
      format = { format: 'openmetrics', contentType };
    } else if (value === 'text/plain' || value === 'text/*' || value === '*/*') {
      format = TEXT;
    }
    if (format !== undefined && quality > bestQuality) {
      best = format;
      bestQuality = quality;
    }
  }
  return best;
}

/** Whether a client takes gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const all = choices(acceptEncoding ?? '');
  const named = all.find(({ value }) => value === 'gzip' || value === 'x-gzip');
  return ((named ?? all.find(({ value }) => value === '*'))?.quality ?? 0) > 0;
}
