import { SessionRepository } from 'nestjs-shared-session';
import { createInstance } from './create-instance.js';
import { serveInstance } from './serve-instance.js';

serveInstance({ create: createInstance, guarantees: (app) => app.get(SessionRepository).guarantees });
