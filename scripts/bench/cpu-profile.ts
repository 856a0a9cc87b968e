import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { basename, dirname, join } from 'node:path';

// Imported before a role's own script by `npm run bench -- --profile FOLDER`: writes the CPU profile of the whole
// life of the process when it exits, `pipeline-1234.cpuprofile`, to be opened in a browser's developer tools.

const folder = process.env.BENCH_PROFILE_FOLDER ?? '.';
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.start');
process.on('exit', () => {
  session.post('Profiler.stop', (error, result) => {
    if (error !== null) return;
    mkdirSync(folder, { recursive: true });
    const script = process.argv[1] ?? 'node';
    const name = `${basename(dirname(script))}-${basename(script, '.js')}-${process.pid}.cpuprofile`;
    writeFileSync(join(folder, name), JSON.stringify(result.profile));
  });
});
