import { SIGNALS } from '../processes/process.js';
import { LiveSimulation } from '../simulator/live.js';
import { DEMONSTRATION_LEAD, demonstration } from './demonstration.js';

/*
 * The simulated gateway and workers alone, for deploy/compose.yaml:
 *
 *   node dist/src/demo/simulator.js <folder of the state files> <port of the gateway on 127.0.0.1>
 */

const [, , folder, port = ''] = process.argv;
if (folder === undefined || !/^\d+$/.test(port)) {
  process.stderr.write('usage: simulator.js <folder> <port>\n');
  process.exitCode = 2;
} else {
  const simulation = await LiveSimulation.start(demonstration, {
    folder,
    port: Number(port),
    alreadyPassed: DEMONSTRATION_LEAD,
  });
  process.stdout.write(`gateway: http://${simulation.gatewayAddresses[0]}/metrics\n`);
  for (const signal of SIGNALS) process.once(signal, () => void simulation.stop());
}
