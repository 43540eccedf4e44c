import { answerParent } from '../processes/answering.js';
import { Load } from './load.js';
import type { LoadProtocol } from './protocol.js';

let load: Load | undefined;

answerParent<LoadProtocol>({
  open: async (target) => {
    load = new Load(target);
    await load.open();
  },
  drive: (duration) => {
    if (load === undefined) throw new Error('no connection is open');
    return load.drive(duration);
  },
  close: () => {
    load?.close();
    load = undefined;
  },
});
