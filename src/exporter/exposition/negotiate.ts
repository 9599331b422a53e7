/** An exposition format. */
export type Format = 'text' | 'openmetrics';

/** The choices of an Accept or Accept-Encoding header, with their parameters. */
const choices = (header: string) =>
  [...header.toLowerCase().matchAll(/[^,]+/g)].map(([part]) => {
    const pairs = [...part.matchAll(/;\s*([^\s;=]+)\s*=\s*"?([^\s;"]*)/g)];
    const { q = '1', version = '1.0.0' } = Object.fromEntries(pairs.map(([, name, text]) => [name, text]));
    const quality = Number(q) >= 0 && Number(q) <= 1 ? Number(q) : 0;
    return { value: part.split(';')[0]?.trim(), version, quality };
  });

/** The format that a client prefers of those we have, with its content type; the text format for clients that want none of them. */
export function negotiateFormat(accept = ''): { readonly format: Format; readonly contentType: string } {
  const ours = choices(accept).filter(({ value = '', version, quality }) => {
    const isOpen = value === 'application/openmetrics-text' && ['0.0.1', '1.0.0'].includes(version);
    return quality > 0 && (isOpen || ['text/plain', 'text/*', '*/*'].includes(value));
  });
  // Sorting is stable: of those that are wanted equally, the first.
  const [best] = ours.sort((a, b) => b.quality - a.quality);
  if (best?.value !== 'application/openmetrics-text')
    return { format: 'text', contentType: 'text/plain; version=0.0.4; charset=utf-8' };
  const contentType = `application/openmetrics-text; version=${best.version}; charset=utf-8`;
  return { format: 'openmetrics', contentType };
}

/** Whether a client accepts gzip. */
export function acceptsGzip(acceptEncoding = ''): boolean {
  const all = choices(acceptEncoding);
  const named = all.find(({ value }) => value === 'gzip' || value === 'x-gzip');
  return ((named ?? all.find(({ value }) => value === '*'))?.quality ?? 0) > 0;
}
