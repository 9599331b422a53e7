/** Pages with the alerts, best first: Debian's build has its own, and none of its pages where its templates are not installed. */
const PAGES = ['/alerts', '/classic/alerts', '/graph', '/api/v1/alerts'];

/** The address of a Prometheus where its alerts can be seen: the first page that it serves. */
export async function alertsAddress(url: string): Promise<string> {
  for (const page of PAGES) {
    try {
      const response = await fetch(`${url}${page}`, { signal: AbortSignal.timeout(5_000) });
      await response.body?.cancel();
      if (response.ok) return `${url}${page}`;
    } catch {
      // It answers the next one, or the base address is all there is.
    }
  }
  return url;
}
