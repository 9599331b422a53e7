import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { listenOnLoopback } from '../processes/process.js';
import { playedWorld } from './actions/index.js';
import { type Timings, USUAL_TIMINGS } from './build.js';
import { type Action, type Scenario, seconds } from './scenario.js';
import type { World } from './world.js';

export interface LiveOptions {
  /** Folder for the workers' state files; each worker gets its own folder in it. */
  readonly folder: string;
  /** How many seconds of the scenario pass in one second; 1 by default. */
  readonly speed?: number;
  /** How many seconds of the scenario lie behind when it starts; 0 by default. */
  readonly alreadyPassed?: number;
  /** Port of the first gateway process; the others have the next ones. Free ports by default. */
  readonly port?: number;
}

const TICK_MS = 100;

/**
 * A scenario driven by the wall clock: gateways that serve a real `/metrics` on 127.0.0.1, and workers that write real
 * state files, in place and without a rename, as the real ones do.
 */
export class LiveSimulation {
  readonly world: World;
  /** `host:port` of each gateway process, in the scenario's order. */
  readonly gatewayAddresses: readonly string[];
  /** Path of each worker's state file; the file may not exist yet. */
  readonly stateFiles: readonly string[];
  readonly #servers: readonly Server[];
  readonly #timer: NodeJS.Timeout;

  private constructor(world: World, servers: readonly Server[], stateFiles: readonly string[]) {
    this.world = world;
    this.#servers = servers;
    this.stateFiles = stateFiles;
    this.gatewayAddresses = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
    world.workers.forEach(({ worker }, i) => {
      worker.file.onChange(() => this.#writeFile(i));
    });
    this.#timer = setInterval(() => world.advanceTo(Date.now()), TICK_MS);
  }

  /** Starts the scenario. Rejects where no port can be listened on. */
  static async start(scenario: Scenario, options: LiveOptions): Promise<LiveSimulation> {
    const { folder, speed = 1, alreadyPassed = 0, port } = options;
    // Lengths are scaled instead of the clock: timestamps that the model exposes then agree with all other clocks.
    const world = playedWorld(faster(scenario, speed), Date.now() - (alreadyPassed * 1000) / speed);
    const stateFiles = world.workers.map((_, i) => {
      const own = join(folder, `worker-${i + 1}`);
      mkdirSync(own, { recursive: true });
      return join(own, 'pending-writes-state.json');
    });
    const servers: Server[] = [];
    for (const [i, place] of world.gateways.entries()) {
      const server = createServer((request, response) => {
        world.advanceTo(Date.now());
        const exposition = world.gatewayExposition(place);
        if (exposition === undefined) {
          // A process that is gone does not answer at all.
          request.destroy();
        } else if (request.url === '/metrics') {
          response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
          response.end(exposition.text());
        } else {
          response.writeHead(404).end('metrics are at /metrics\n');
        }
      });
      await listenOnLoopback(server, port === undefined ? 0 : port + i);
      servers.push(server);
    }
    const live = new LiveSimulation(world, servers, stateFiles);
    world.advanceTo(Date.now());
    return live;
  }

  /** Ends it. The state files stay; their folder is the caller's. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
          }),
      ),
    );
  }

  #writeFile(index: number): void {
    const path = this.stateFiles[index] as string;
    const view = this.world.workers[index]?.worker.file.view;
    if (view === undefined) {
      rmSync(path, { force: true });
      return;
    }
    writeFileSync(path, view.content);
    utimesSync(path, view.mtimeMs / 1000, view.mtimeMs / 1000);
  }
}

/** The same scenario with every length of time divided, and every rate multiplied, by `speed`. */
export function faster(scenario: Scenario, speed: number): Scenario {
  if (speed === 1) return scenario;
  const shorter = (text: string) => `${Math.max(1, Math.round((seconds(text) * 1000) / speed))}ms`;
  const timings: Timings = { ...USUAL_TIMINGS, ...scenario.timings };
  const shareOf = (value: Timings[keyof Timings]) =>
    typeof value === 'number' ? value / speed : value.map((n) => n / speed);
  return {
    ...scenario,
    duration: shorter(scenario.duration),
    timings: {
      ...(Object.fromEntries(
        Object.entries(timings).map(([name, value]) => [name, shareOf(value)]),
      ) as unknown as Timings),
      // A share, not a length.
      pushJitter: timings.pushJitter,
    },
    actions: scenario.actions.map((action) => {
      const lengths = ['at', 'for', 'every', 'downFor', 'by'] as const;
      const changed: Record<string, unknown> = { ...action };
      for (const name of lengths) {
        if (typeof changed[name] === 'string') changed[name] = shorter(changed[name]);
      }
      if (typeof changed.perMinute === 'number') changed.perMinute *= speed;
      return changed as unknown as Action;
    }),
  };
}
