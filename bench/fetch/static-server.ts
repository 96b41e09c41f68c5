import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

/* Serves the files of a directory, whole: node bench/fetch/static-server.ts DIRECTORY. Prints its address. */
const directory = process.argv[2] ?? '.';

const server = createServer((request, response) => {
  const file = path.join(directory, new URL(request.url ?? '/', 'http://localhost').pathname);
  response.writeHead(200, { 'content-length': statSync(file).size });
  createReadStream(file, { highWaterMark: 2 ** 20 }).pipe(response);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`http://127.0.0.1:${port}/\n`);
});
