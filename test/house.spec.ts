import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const PACKAGE = 'libs/session';
const SOURCE = join(PACKAGE, 'src');
const REPOSITORIES = ['cookie', 'files', 'memcached', 'memory', 'redis', 'replicated', 'tiered', 'typeorm'];

/** What each folder may import, besides itself: folders of ours, and packages. The floors of the house, from the ground up. */
const ALLOWED: Record<string, { folders: string[]; packages: string[] }> = {
  contracts: { folders: [], packages: [] },
  caspaxos: { folders: ['contracts'], packages: [] },
  core: { folders: ['contracts'], packages: ['class-transformer', 'class-validator', 'lru-cache'] },
  http: { folders: ['contracts', 'core'], packages: ['@nestjs/common', '@nestjs/core', 'cookie', 'rxjs'] },
  options: { folders: ['contracts', 'core', 'http', '.'], packages: ['class-transformer', 'class-validator', 'ms'] },
  '.': {
    folders: ['contracts', 'core', 'http', 'options'],
    packages: ['@nestjs/common', '@nestjs/core', 'class-transformer', 'class-validator'],
  },
  memory: { folders: ['contracts'], packages: ['lru-cache'] },
  redis: { folders: ['contracts'], packages: ['@nestjs/common', 'ioredis'] },
  files: { folders: ['contracts', 'caspaxos'], packages: ['@nestjs/common'] },
  replicated: { folders: ['contracts', 'caspaxos'], packages: ['@nestjs/common', 'class-validator'] },
  cookie: { folders: ['contracts'], packages: ['@nestjs/common', 'class-validator', 'lru-cache'] },
  memcached: { folders: ['contracts'], packages: ['@nestjs/common', 'class-validator', 'lru-cache', 'memjs'] },
  tiered: { folders: ['contracts'], packages: ['@nestjs/common', 'class-validator'] },
  typeorm: { folders: ['contracts'], packages: ['@nestjs/common', 'class-validator', 'mysql2', 'typeorm'] },
  testing: { folders: ['contracts', 'core', 'memory'], packages: ['lru-cache'] },
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(file),
);
const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};

function importsOf(file: string): Import[] {
  const text = codeOf(file);
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) => ({
    file,
    from: folderOf(file),
    target,
  }));
}

/** The file without its comments. */
function codeOf(file: string): string {
  return readFileSync(join(SOURCE, file), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
}

function folderOf(file: string): string {
  const [first = '', ...rest] = file.split(sep);
  return rest.length === 0 ? '.' : first;
}

describe('The house', () => {
  const imports = files.flatMap(importsOf);
  const foreign = imports.filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'));

  it('has a line in the table of floors for every folder', () => {
    expect([...new Set(files.map(folderOf))].toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
  });

  it('lets a folder import only what stands below it', () => {
    const wrong = imports
      .filter(({ target }) => target.startsWith('.'))
      .map(({ file, from, target }) => ({ file, from, to: folderOf(relative('.', join(dirname(file), target))) }))
      .filter(({ from, to }) => from !== to && !ALLOWED[from]?.folders.includes(to));
    expect(wrong).toEqual([]);
  });

  it('lets a folder import only its own packages, all of them declared', () => {
    const wrong = foreign.filter(
      ({ from, target }) => !ALLOWED[from]?.packages.some((name) => target === name || target.startsWith(`${name}/`)),
    );
    expect(wrong).toEqual([]);
    const declared = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
      'reflect-metadata',
    ];
    const names = foreign.map(({ target }) =>
      target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/'),
    );
    expect([...new Set(names)].filter((name) => !declared.includes(name))).toEqual([]);
  });

  it('has a public subpath for every folder with an index, and for nothing else', () => {
    const subpaths = Object.keys(manifest.exports).filter((path) => path !== '.' && path !== './package.json');
    const indexed = readdirSync(SOURCE, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(SOURCE, entry.name, 'index.ts')))
      .map((entry) => `./${entry.name}`);
    expect(subpaths.toSorted()).toEqual(indexed.toSorted());
    expect(indexed.toSorted()).toEqual([...REPOSITORIES, 'testing'].map((name) => `./${name}`).toSorted());
  });

  it('has no more than three runtime dependencies, and no file that is hard to take in', () => {
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(3);
    const long = files.filter((file) => readFileSync(join(SOURCE, file), 'utf8').split('\n').length > 220);
    expect(long).toEqual([]);
  });

  it('knows no repository by name outside of its folder', () => {
    const strangers = files
      .filter((file) => ['contracts', 'core', 'http'].includes(folderOf(file)))
      .filter((file) => /\b(redis|memcached|typeorm|mysql)\b/i.test(codeOf(file)));
    expect(strangers).toEqual([]);
  });
});
