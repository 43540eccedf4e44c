import { memorySessions } from 'nestjs-shared-session/memory';
import { DemoFailure } from '../demo-failure.js';
import type { DemoStore } from './demo-store.js';

/** Every instance for itself: what the demo looks like without shared sessions. */
export const MEMORY: DemoStore = {
  open: async (url) => {
    if (url !== undefined) throw new DemoFailure('--store memory takes no --url');
    return {
      address: '',
      description: "each instance's own memory",
      warning: 'The instances share nothing: with --store memory a login at one is unknown to the others',
      servers: [],
      close: async () => {},
    };
  },
  repository: () => memorySessions(),
};
