import 'uplot/dist/uPlot.min.css';
import { createTheme, ThemeContext } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles } from '@grafana/ui';
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import type { DashboardData } from '../queries.js';
import { DashboardPage } from './dashboard.js';

declare global {
  interface Window {
    /** Fetched by the page before it draws. */
    previewErrors: string[];
    /** Set once everything is drawn. */
    previewDrawn: boolean;
    __grafana_public_path__: string;
  }
}

interface Given {
  readonly data: DashboardData;
  readonly theme: 'light' | 'dark';
  readonly note: string;
}

async function start(): Promise<void> {
  const { data, theme, note } = (await (await fetch('given.json')).json()) as Given;
  await initPluginTranslations('preview');
  document.body.style.margin = '0';
  const root = createRoot(document.getElementById('root') as HTMLElement);
  const show = (content: ReactNode) =>
    root.render(
      <ThemeContext.Provider value={createTheme({ colors: { mode: theme } })}>
        <GlobalStyles />
        {content}
      </ThemeContext.Provider>,
    );
  // First the styles alone, which name the fonts: a canvas writes with the fonts that are there when it draws.
  show(null);
  while (![...document.fonts].some(({ family }) => family.includes('Inter'))) await nextFrame();
  const fonts = ['400 14px Inter', '500 14px Inter', '400 14px "Roboto Mono"'];
  const loaded = await Promise.all(fonts.map((font) => document.fonts.load(font)));
  const missing = fonts.find((_, i) => loaded[i]?.length === 0);
  if (missing !== undefined) throw new Error(`the font ${missing} could not be loaded`);
  const drawn = async () => {
    // Layout effects of the charts run in the first frame.
    await nextFrame();
    await nextFrame();
    window.previewDrawn = true;
  };
  show(<DashboardPage data={data} note={note} onDrawn={drawn} />);
}

const nextFrame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));

start().catch((error: Error) => window.previewErrors.push(error.stack ?? error.message));
