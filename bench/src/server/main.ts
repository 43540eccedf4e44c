import { answerParent } from 'measuring/child';
import { startApplication } from './application.js';
import { CpuProfiler } from './cpu-profiler.js';
import type { ServerProtocol } from './protocol.js';

const [contender = '', redisUrl = ''] = process.argv.slice(2);
const profiler = new CpuProfiler();

answerParent<ServerProtocol>({
  listen: () => startApplication(contender, redisUrl),
  cpuTime: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  profile: () => profiler.start(),
  writeProfile: (path) => profiler.write(path),
});
