import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

/* The least that any server can do: it sends bytes that were ready before the request came, and looks at no file. */

const [file] = process.argv.slice(2) as [string];
const text = readFileSync(file);
const compressed = gzipSync(text, { level: 1 });

const server = createServer((request, response) => {
  const isGzip = request.headers['accept-encoding']?.includes('gzip') === true;
  const body = isGzip ? compressed : text;
  response.writeHead(200, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'content-length': body.length,
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`listening ${(server.address() as { port: number }).port}\n`);
});
