import { renderTextPanelMarkdown } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { type ReactNode, useEffect, useState } from 'react';
import type { RunbookText } from '../../src/view/runbooks.js';
import { fetched, useRevision } from './loading.js';

interface Listing {
  readonly dashboards: readonly {
    readonly uid: string;
    readonly title: string;
    readonly description?: string;
  }[];
  readonly unread: readonly { readonly file: string; readonly reason: string }[];
}

/** What an address of the server answers, or why it does not. */
function useAnswer<T>(address: string, revision = 0): { readonly value?: T; readonly error?: string } {
  const [answer, setAnswer] = useState<{ value?: T; error?: string }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks again when the files changed
  useEffect(() => {
    const abort = new AbortController();
    fetched(address, abort.signal)
      .then((response) => response.json() as Promise<T>)
      .then(
        (value) => setAnswer({ value }),
        (error: Error) => {
          if (!abort.signal.aborted) setAnswer({ error: error.message });
        },
      );
    return () => abort.abort();
  }, [address, revision]);
  return answer;
}

function Page({
  title,
  isComplete,
  children,
}: {
  readonly title: string;
  readonly isComplete: boolean;
  readonly children: ReactNode;
}) {
  const theme = useTheme2();
  useEffect(() => {
    document.title = title;
    window.previewDrawn = isComplete;
  }, [title, isComplete]);
  return (
    <main
      style={{
        ...theme.typography.body,
        background: theme.colors.background.canvas,
        color: theme.colors.text.primary,
        minHeight: '100vh',
        boxSizing: 'border-box',
        padding: 24,
      }}
    >
      <div style={{ maxWidth: 900 }}>{children}</div>
    </main>
  );
}

/** All dashboards, and the files that are none. */
export function ListPage() {
  const theme = useTheme2();
  const { value, error } = useAnswer<Listing>('/api/dashboards', useRevision());
  return (
    <Page title="Dashboards" isComplete={value !== undefined}>
      <h1>Dashboards</h1>
      {error !== undefined && <p role="alert">{error}</p>}
      <ul>
        {value?.dashboards.map(({ uid, title, description }) => (
          <li key={uid} style={{ marginBottom: 12 }}>
            <a href={`/d/${uid}`} style={{ color: theme.colors.text.link, fontWeight: 500 }}>
              {title}
            </a>
            <div style={{ color: theme.colors.text.secondary }}>{description}</div>
          </li>
        ))}
      </ul>
      {(value?.unread.length ?? 0) > 0 && (
        <>
          <h2>Not shown</h2>
          <ul>
            {value?.unread.map(({ file, reason }) => (
              <li key={file}>
                <code>{file}</code>: {reason}
              </li>
            ))}
          </ul>
        </>
      )}
      <p>
        <a href="/third-party-notices.txt" style={{ color: theme.colors.text.secondary }}>
          Licences of what this page contains
        </a>
      </p>
    </Page>
  );
}

/** A page of the runbook, by Grafana's own Markdown. */
export function RunbookPage({ name }: { readonly name: string }) {
  const { value, error } = useAnswer<RunbookText>(`/api/runbook?page=${encodeURIComponent(name)}`);
  // Pages link each other by file name.
  const html = value === undefined ? '' : renderTextPanelMarkdown(value.markdown);
  return (
    <Page title={name} isComplete={value !== undefined}>
      {error !== undefined && <p role="alert">{`${name}: ${error}`}</p>}
      <div
        className="markdown-html"
        // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised by Grafana's Markdown
        dangerouslySetInnerHTML={{ __html: html }}
      />
      <p>
        <a href="/">All dashboards</a>
      </p>
    </Page>
  );
}
