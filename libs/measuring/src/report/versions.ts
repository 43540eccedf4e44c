import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { findServer } from 'throwaway-servers';

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

const SERVERS = ['redis-server', 'memcached', 'mariadbd'];

const require = createRequire(import.meta.url);

/** Name to version of everything that takes part. */
export function versions(): Record<string, string> {
  return {
    node: process.versions.node,
    ...serverVersions(),
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

/** Of the servers that are on this machine. */
export function serverVersions(): Record<string, string> {
  const found = SERVERS.map((binary) => [binary, findServer(binary)] as const);
  return Object.fromEntries(
    found.flatMap(([binary, path]) => (path === undefined ? [] : [[binary, serverVersion(path)] as const])),
  );
}

/** The processor, as the system calls it. */
export function machine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}, ${process.platform}`;
}

/** The first thing with dots in what it prints about itself. */
function serverVersion(path: string): string {
  return /\d+(\.\d+)+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[0] ?? '?';
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
