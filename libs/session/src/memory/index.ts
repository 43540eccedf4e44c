export * from './memory-session.repository.js';
