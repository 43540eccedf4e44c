// A repository in a process of its own, which does what its parent says: options in the first argument, then calls as messages.
import { replicatedSessions } from 'nestjs-shared-session/replicated';

const repository = replicatedSessions(JSON.parse(process.argv[2]));
await repository.onModuleInit();

process.on('message', async ({ id, method, args }) => {
  const value = repository[method];
  try {
    process.send({ id, answer: typeof value === 'function' ? await value.apply(repository, args) : value });
  } catch (error) {
    process.send({ id, error: { name: error.name, message: error.message, outcome: error.outcome } });
  }
});
process.once('disconnect', () => process.exit(0));
process.send({ id: 0 });
