/**
 * Lets a command run to its end when the reader of its output has gone, as in `generate | head -2`: what is printed from then on is dropped.
 * Ending at once would leave files half-written, and processes running that `start` has started.
 */
export function dropOutputWithoutReader(streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
