import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { REDIS, requireServer } from 'throwaway-servers';

const PACKAGES = [
  'nestjs-shared-session',
  '@nestjs/core',
  'express',
  'fastify',
  'ioredis',
  'express-session',
  '@fastify/session',
  '@fastify/cookie',
  'connect-redis',
  'redis',
  'typeorm',
  'mysql2',
  'memjs',
  'express-mysql-session',
  'connect-memjs',
  'iron-session',
  '@fastify/secure-session',
];

const require = createRequire(import.meta.url);

/** Name to version of everything that takes part. */
export function versions(): Record<string, string> {
  return {
    node: process.versions.node,
    'redis-server': /v=(\S+)/.exec(execFileSync(requireServer(REDIS), ['--version'], { encoding: 'utf8' }))?.[1] ?? '?',
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

/** The processor, as the system calls it. */
export function machine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}, ${process.platform}`;
}

function versionOf(name: string): string {
  const folders = require.resolve.paths(name) ?? [];
  for (const folder of folders) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { version: string };
      return manifest.version;
    } catch {
      continue;
    }
  }
  throw new Error(`${name} is not installed under ${dirname(folders[0] ?? '')}`);
}
