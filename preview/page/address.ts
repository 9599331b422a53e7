/** What the address of a page says. The address is the only state: it can be copied, and Back works. */
export type Route =
  | { readonly kind: 'list' }
  | { readonly kind: 'dashboard'; readonly uid: string }
  | { readonly kind: 'runbook'; readonly name: string };

/** What an address shows. Paths are those of Grafana and of the repository, so that links in dashboards and alerts work. */
export function routeOf({ pathname, searchParams }: URL): Route {
  const runbook = /\/([\w-]+)\.md$/.exec(pathname)?.[1];
  if (runbook !== undefined) return { kind: 'runbook', name: runbook };
  const uid = /^\/d\/([\w-]+)/.exec(pathname)?.[1];
  if (uid !== undefined) return { kind: 'dashboard', uid };
  const alert = searchParams.get('search');
  if (pathname === '/alerting/list' && alert !== null) return { kind: 'runbook', name: alert };
  return { kind: 'list' };
}

const listeners = new Set<() => void>();
let path = location.pathname;
const announce = () => {
  // What is drawn now is not what the address says.
  if (location.pathname !== path) window.previewDrawn = false;
  path = location.pathname;
  for (const listener of listeners) listener();
};

/** Calls back whenever the address changes. Returns a way to stop that. */
export function onAddress(listener: () => void): () => void {
  if (listeners.size === 0) addEventListener('popstate', announce);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Goes to an address of this server without loading the page again. */
function go(url: URL): void {
  history.pushState(null, '', url);
  announce();
}

/** Sets parameters of the address; null removes one, a list repeats it. */
export function change(parameters: Readonly<Record<string, string | readonly string[] | null>>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(parameters)) {
    url.searchParams.delete(name);
    for (const one of value === null ? [] : [value].flat()) url.searchParams.append(name, one);
  }
  go(url);
}

/** Follows links to pages of this server without loading the page again. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    const anchor = (event.target as Element | null)?.closest?.('a');
    const isPlain =
      event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!anchor || event.defaultPrevented || !isPlain || anchor.target === '_blank') return;
    const href = anchor.getAttribute('href');
    if (href === null || href.startsWith('#')) return;
    const url = new URL(anchor.href);
    if (url.origin !== location.origin || url.pathname.endsWith('.txt')) return;
    event.preventDefault();
    go(url);
    scrollTo(0, 0);
  });
}
