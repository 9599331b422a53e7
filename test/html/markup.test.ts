import { describe, expect, it } from 'vitest';
import { escapeHtml, html, joined, Markup } from '../../src/html/markup.js';

describe('markup', () => {
  it('escapes the five characters that have a meaning in elements and attributes, each time', () => {
    expect(escapeHtml(`<a href="x" id='y'>&amp;</a>`)).toBe(
      '&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
    );
    expect(escapeHtml('plain text, 1 + 1 = 2; ä')).toBe('plain text, 1 + 1 = 2; ä');
  });

  it('escapes what is put in, unless it is markup', () => {
    expect(html`<b title="${'"'}">${'<'}${html`<i>${'&'}</i>`}</b>`.text).toBe(
      '<b title="&quot;">&lt;<i>&amp;</i></b>',
    );
    expect(String(new Markup('<br>'))).toBe('<br>');
  });

  it('shows lists without separators, numbers as they are, and nothing for what is not there', () => {
    const list = ['<', [1, html`<br>`], undefined];
    expect(html`${list}|${0}|${undefined}|${false}|${''}`.text).toBe('&lt;1<br>|0|||');
    expect(html``.text).toBe('');
  });

  it('joins parts by a text', () => {
    expect(joined(['a', html`<b>b</b>`, '<'], ' & ').text).toBe('a &amp; <b>b</b> &amp; &lt;');
    expect(joined([], ', ').text).toBe('');
  });
});
