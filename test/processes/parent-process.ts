import { ManagedProcess } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';

const folder = temporaryFolder('parent-process');
const child = await ManagedProcess.start({ name: 'sleeper', command: 'sleep', args: ['1000'] });
process.stdout.write(`child ${child.pid} folder ${folder.path}\n`);
if (process.argv[2] === 'throw') throw new Error('on purpose');
if (process.argv[2] === 'exit') process.exit(3);
setInterval(() => {}, 1000);
