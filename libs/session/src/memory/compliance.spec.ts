import { describe, it } from 'vitest';
import { memorySessions } from './index.js';
import { sessionRepositoryCompliance } from '../testing/index.js';

sessionRepositoryCompliance({ describe, it }, 'The memory repository', () => {
  const a = memorySessions();
  return { a, b: a };
});
