import { renderTextPanelMarkdown, textUtil } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';

/** Text of a dashboard's author, by Grafana's own Markdown. */
export function TextPanel({ mode, content }: { readonly mode: string; readonly content: string }) {
  const theme = useTheme2();
  const html =
    mode === 'html' ? textUtil.sanitizeTextPanelContent(content) : renderTextPanelMarkdown(content);
  return (
    <div
      className="markdown-html"
      style={{ height: '100%', overflow: 'hidden', ...theme.typography.body }}
      // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised, and from the repository's own files
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}
