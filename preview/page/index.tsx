import 'uplot/dist/uPlot.min.css';
import { createTheme, ThemeContext } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles } from '@grafana/ui';
import { type ReactNode, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { followLinks, onAddress, routeOf } from './address.js';
import { DashboardPage } from './dashboard.js';
import { ListPage, RunbookPage } from './pages.js';

declare global {
  interface Window {
    /** What could not be drawn. */
    previewErrors: string[];
    /** Whether everything that was asked for is drawn. */
    previewDrawn: boolean;
    __grafana_public_path__: string;
  }
}

window.previewErrors = [];
window.previewDrawn = false;
window.__grafana_public_path__ = '/public/';

/** The page of the current address. */
function App() {
  const href = useSyncExternalStore(onAddress, () => location.href);
  const url = new URL(href);
  const route = routeOf(url);
  const theme = url.searchParams.get('theme') ?? localStorage.getItem('theme');
  const isDark = theme === null ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
  return (
    <Themed mode={isDark ? 'dark' : 'light'}>
      {route.kind === 'dashboard' ? (
        <DashboardPage key={route.uid} uid={route.uid} url={url} />
      ) : route.kind === 'runbook' ? (
        <RunbookPage name={route.name} />
      ) : (
        <ListPage />
      )}
    </Themed>
  );
}

const themes = {
  light: createTheme({ colors: { mode: 'light' } }),
  dark: createTheme({ colors: { mode: 'dark' } }),
};

function Themed({ mode, children }: { readonly mode: 'light' | 'dark'; readonly children?: ReactNode }) {
  return (
    <ThemeContext.Provider value={themes[mode]}>
      <GlobalStyles />
      {children}
    </ThemeContext.Provider>
  );
}

async function start(): Promise<void> {
  await initPluginTranslations('preview');
  document.body.style.margin = '0';
  const root = createRoot(document.getElementById('root') as HTMLElement);
  // First the styles alone, which name the fonts: a canvas writes with the fonts that are there when it draws.
  root.render(<Themed mode="light" />);
  while (![...document.fonts].some(({ family }) => family.includes('Inter'))) await nextFrame();
  const fonts = ['400 14px Inter', '500 14px Inter', '400 14px "Roboto Mono"'];
  const loaded = await Promise.all(fonts.map((font) => document.fonts.load(font)));
  const missing = fonts.find((_, i) => loaded[i]?.length === 0);
  if (missing !== undefined) throw new Error(`the font ${missing} could not be loaded`);
  followLinks();
  root.render(<App />);
}

const nextFrame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));

start().catch((error: Error) => window.previewErrors.push(error.stack ?? error.message));
