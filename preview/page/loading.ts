import { useEffect, useRef, useState } from 'react';
import type { DashboardJson } from '../../src/view/dashboard-json.js';
import type { Unsupported } from '../../src/view/known.js';
import type { LoadedPart, PartError } from '../../src/view/load.js';
import type { AnnotationSpan, ListedAlert, PanelData } from '../../src/view/queries.js';
import type { TimeRangeMs } from '../../src/view/time-range.js';
import type { BuiltIn, VariableValue } from '../../src/view/variables.js';

export interface UnsupportedPanel extends Unsupported {
  readonly id: number;
  readonly title: string;
  /** Why it is not drawn. */
  readonly panel?: string;
}

/** A dashboard as the server has it. */
export interface Served {
  readonly dashboard: DashboardJson;
  readonly unsupported: readonly UnsupportedPanel[];
}

/** What a panel got, or why it got nothing. */
export interface PanelState {
  readonly data?: PanelData;
  readonly error?: PartError;
}

/** What is known of a dashboard's data. Parts of an earlier load stay until newer ones are there. */
export interface Loaded {
  readonly range?: TimeRangeMs;
  readonly variables: readonly VariableValue[];
  readonly builtIn: BuiltIn;
  readonly panels: ReadonlyMap<number, PanelState>;
  readonly annotations: readonly AnnotationSpan[];
  readonly alerts: readonly ListedAlert[];
  /** Why nothing could be loaded. */
  readonly failed?: PartError;
  readonly isLoading: boolean;
  /** Milliseconds since the epoch. */
  readonly loadedAt?: number;
}

const NOTHING: Loaded = {
  variables: [],
  builtIn: {},
  panels: new Map(),
  annotations: [],
  alerts: [],
  isLoading: true,
};

/** Seconds after which a request that failed for the moment is made again. */
const RETRY_SECONDS = 5;

/** The text of an answer. Throws what the server says where it refuses. */
export async function fetched(address: string, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Error('The server of this page does not answer. Is the command still running?');
  }
  if (response.ok) return response;
  throw new Error((await response.text()).trim());
}

/** The lines of an answer, as they arrive. */
async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
    const lines = (rest + next.value).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') throw new Error('The answer of the server ended early.');
}

function withPart(loaded: Loaded, part: LoadedPart): Loaded {
  switch (part.kind) {
    case 'variables': {
      const { failed: _, ...rest } = loaded;
      return { ...rest, range: part.range, variables: part.variables, builtIn: part.builtIn };
    }
    case 'panel':
      return { ...loaded, panels: new Map(loaded.panels).set(part.id, part) };
    case 'annotations':
      return { ...loaded, annotations: part.spans };
    case 'alerts':
      return { ...loaded, alerts: part.alerts };
    case 'failed':
      return { ...loaded, failed: part.error };
  }
}

/**
 * The data of a dashboard: loaded when the query of its address changes, and every so many seconds. An earlier load that is still under
 * way is cancelled.
 *
 * @param query parameters of the request
 * @param seconds 0 for never
 * @param revision loads again when it changes
 */
export function useLoaded(query: string, seconds: number, revision: number): Loaded {
  const [loaded, setLoaded] = useState(NOTHING);
  const last = useRef(query);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new revision of the dashboard has the same query
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (uidIn(last.current) !== uidIn(query)) setLoaded(NOTHING);
    last.current = query;
    const load = async () => {
      let mayPass = false;
      setLoaded((before) => ({ ...before, isLoading: true }));
      try {
        for await (const line of linesOf(await fetched(`/api/load?${query}`, abort.signal))) {
          const part = JSON.parse(line) as LoadedPart;
          const error = 'error' in part ? part.error : undefined;
          if (error?.mayPass === true) mayPass = true;
          setLoaded((before) => withPart(before, part));
        }
        setLoaded((before) => ({ ...before, isLoading: false, loadedAt: Date.now() }));
      } catch (error) {
        if (abort.signal.aborted) return;
        mayPass = true;
        const failed = { message: (error as Error).message, mayPass };
        setLoaded((before) => ({ ...before, failed, isLoading: false }));
      }
      // A page that nobody looks at asks for nothing.
      const wait = mayPass ? RETRY_SECONDS : seconds;
      if (wait > 0) timer = setTimeout(whenVisible(load, abort.signal), wait * 1000);
    };
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [query, seconds, revision]);
  return loaded;
}

const uidIn = (query: string) => new URLSearchParams(query).get('uid');

/** Runs something now, or as soon as the page is seen again. */
function whenVisible(run: () => Promise<void>, signal: AbortSignal): () => void {
  return () => {
    if (!document.hidden) void run();
    else document.addEventListener('visibilitychange', () => void run(), { once: true, signal });
  };
}

/** The dashboard of a uid, read again when a file changes. */
export function useServed(uid: string): { served?: Served; error?: string; revision: number } {
  const [state, setState] = useState<{ served?: Served; error?: string; revision: number }>({ revision: 0 });
  const revision = useRevision();
  useEffect(() => {
    const abort = new AbortController();
    fetched(`/api/dashboard?uid=${encodeURIComponent(uid)}`, abort.signal)
      .then((response) => response.json() as Promise<Served>)
      .then(
        (served) => setState({ served, revision }),
        (error: Error) => {
          if (!abort.signal.aborted) setState({ error: error.message, revision });
        },
      );
    return () => abort.abort();
  }, [uid, revision]);
  return state.served !== undefined && state.served.dashboard.uid !== uid ? { revision } : state;
}

/** Counts how often the files of the dashboards changed. */
export function useRevision(): number {
  const [revision, setRevision] = useState(0);
  useEffect(() => {
    const events = new EventSource('/api/changes');
    events.onmessage = () => setRevision((before) => before + 1);
    return () => events.close();
  }, []);
  return revision;
}
