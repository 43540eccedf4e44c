// Packs the library as it would be published, installs the tarball in an empty project, and imports every subpath from there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What subpaths need beside the package, in the order in which they ask for it. */
const NEEDS = { redis: ['ioredis'], memcached: ['memjs'], typeorm: ['mysql2', 'typeorm'] };

const library = new URL('../libs/session/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));
const root = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const project = mkdtempSync(join(tmpdir(), 'packed-'));
const run = (command, args, cwd = project) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const [{ filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', project], library));
  const stray = files.map(({ path }) => path).filter((path) => /\.(spec|fixture)\.|tsbuildinfo/.test(path));
  if (stray.length > 0) throw new Error(`the package holds files that are not for users: ${stray.join(', ')}`);

  const required = Object.keys(manifest.peerDependencies).filter(
    (name) => !manifest.peerDependenciesMeta[name]?.optional,
  );
  // What an application with both ioredis 6 and TypeORM has to say, as our README tells it.
  const overrides = { typeorm: { ioredis: root.devDependencies.ioredis } };
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, type: 'module', overrides }),
  );
  const versions = required.map((name) => `${name}@${root.devDependencies[name]}`);
  const install = (...names) => run('npm', ['install', '--silent', '--no-audit', '--no-fund', ...names]);
  install(`./${filename}`, ...versions, `rxjs@${root.devDependencies.rxjs}`);

  const paths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
  const importAll = (specifiers) =>
    run('node', ['--input-type=module', '-e', specifiers.map((name) => `await import('${name}');`).join('')]);
  const specifiers = paths.map((path) => join(manifest.name, path));
  /** What Node says when it cannot import this; nothing when it can. */
  const complaintOf = (specifier) => {
    try {
      execFileSync('node', ['--input-type=module', '-e', `await import('${specifier}')`], {
        cwd: project,
        stdio: 'pipe',
      });
    } catch (error) {
      return String(error.stderr);
    }
    return '';
  };

  // Without the optional peers everything works but the subpaths that need one, and those name the first that they miss.
  importAll(specifiers.filter((name) => !(name.slice(manifest.name.length + 1) in NEEDS)));
  for (const [subpath, peers] of Object.entries(NEEDS)) {
    for (const peer of peers) {
      const message = complaintOf(`${manifest.name}/${subpath}`);
      if (!message.includes(`'${peer}'`))
        throw new Error(`the subpath ${subpath} does not name ${peer}, which it misses`);
      install(`${peer}@${root.devDependencies[peer]}`);
    }
  }
  importAll(specifiers);
  console.log(`packed ${filename}, ${files.length} files; imported ${specifiers.join(', ')}`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
