// Packs the library as it would be published, installs the tarball in an empty project, and imports every subpath from there.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  const versions = required.map((name) => `${name}@${root.devDependencies[name]}`);
  run('npm', [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    `./${filename}`,
    ...versions,
    `rxjs@${root.devDependencies.rxjs}`,
  ]);

  const paths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
  const importAll = (specifiers) =>
    run('node', ['--input-type=module', '-e', specifiers.map((name) => `await import('${name}');`).join('')]);
  const specifiers = paths.map((path) => join(manifest.name, path));

  // Without the optional peers everything works but the subpaths that need one, and those name it.
  const needed = { redis: 'ioredis', memcached: 'memjs' };
  const needs = (specifier) => needed[specifier.split('/').at(-1)];
  importAll(specifiers.filter((specifier) => needs(specifier) === undefined));
  for (const specifier of specifiers.filter(needs)) {
    const child = spawnSync('node', ['--input-type=module', '-e', `await import('${specifier}')`], { cwd: project });
    if (!String(child.stderr).includes(`'${needs(specifier)}'`)) {
      throw new Error(`${specifier} does not name the package that it misses`);
    }
  }
  const peers = Object.values(needed).map((name) => `${name}@${root.devDependencies[name]}`);
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', ...peers]);
  importAll(specifiers);
  console.log(`packed ${filename}, ${files.length} files; imported ${specifiers.join(', ')}`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
