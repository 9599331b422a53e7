// Handlers that are installed before anything else is loaded: a request to stop ends the process with 0, SIGHUP does nothing, until a program
// takes over; SIGUSR1 never opens Node's inspector. As PID 1 a process receives only those signals that it handles.

let stop: (signal: NodeJS.Signals) => void = () => process.exit(0);
let reload: () => void = () => {};

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
process.on('SIGHUP', () => reload()).on('SIGUSR1', () => {});
// A full disk or a closed pipe must not end the process either.
for (const stream of [process.stderr, process.stdout]) stream.on('error', () => {});

/** Resolves with the first SIGTERM or SIGINT from now on; later ones are ignored. `onHangup` is called at every SIGHUP. */
export function takeSignals(onHangup: () => void): Promise<NodeJS.Signals> {
  reload = onHangup;
  return new Promise((resolve) => {
    stop = resolve;
  });
}
