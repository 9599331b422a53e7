import type { Socket } from 'node:net';

/** Takes one mail per connection and answers as a mail server does. */
export function takeMail(socket: Socket, onMail: (mail: string) => void): void {
  let text = '';
  let inData = false;
  socket.setEncoding('utf8');
  socket.write('220 localhost ESMTP\r\n');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    text += chunk;
    for (;;) {
      if (inData) {
        const end = text.indexOf('\r\n.\r\n');
        if (end < 0) return;
        onMail(text.slice(0, end));
        text = text.slice(end + 5);
        inData = false;
        socket.write('250 accepted\r\n');
        continue;
      }
      const end = text.indexOf('\r\n');
      if (end < 0) return;
      const command = text.slice(0, end).toUpperCase();
      text = text.slice(end + 2);
      if (command === 'DATA') {
        inData = true;
        socket.write('354 go on\r\n');
      } else if (command === 'QUIT') socket.end('221 bye\r\n');
      else socket.write('250 localhost\r\n');
    }
  });
}

/** The subject of a mail, decoded. */
export function subjectOf(mail: string): string {
  const header = /^Subject: ((?:.*\r\n)(?:[ \t].*\r\n)*)/m.exec(mail)?.[1] ?? '';
  return header
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/\r\n/g, '')
    .replace(/=\?utf-8\?q\?(.*?)\?=/gi, (_, text: string) =>
      decodeURIComponent(
        text
          .replaceAll('_', ' ')
          .replace(/%/g, '%25')
          .replace(/=([0-9A-F]{2})/gi, '%$1'),
      ),
    );
}

/** The text of a part of a mail, decoded from quoted-printable. */
export function partOf(mail: string, type: string): string {
  const at = mail.indexOf(`Content-Type: ${type}`);
  if (at < 0) return '';
  const begin = mail.indexOf('\r\n\r\n', at) + 4;
  const end = mail.indexOf('\r\n--', begin);
  const bytes = mail
    .slice(begin, end < 0 ? undefined : end)
    .replace(/=\r\n/g, '')
    .replace(/%/g, '%25')
    .replace(/=([0-9A-F]{2})/gi, '%$1');
  return decodeURIComponent(bytes).replaceAll('\r\n', '\n');
}
