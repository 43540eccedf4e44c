import { AssertionError } from 'node:assert';
import { beforeAll, describe, expect, it } from 'vitest';
import { SessionStoreError } from '../../contracts/errors.js';
import { type ComplianceCase, complianceCases, type CreateComplianceStore, runComplianceCase } from '../index.js';
import { ReplaceableRepository } from './replaceable.repository.fixture.js';
import { wrongContents } from './wrong-contents.fixture.js';
import { wrongEndings } from './wrong-endings.fixture.js';
import { atBothServers } from './wrong-repository.fixture.js';
import { wrongServers } from './wrong-servers.fixture.js';
import { wrongTokens } from './wrong-tokens.fixture.js';
import { wrongWrites } from './wrong-writes.fixture.js';

const wrongRepositories = [...wrongContents, ...wrongWrites, ...wrongEndings, ...wrongServers, ...wrongTokens];

/** Whether the repository keeps the promise. Other errors than those a violation shows itself by are mistakes in the test. */
async function keeps(promise: ComplianceCase, create: CreateComplianceStore): Promise<boolean> {
  try {
    await runComplianceCase(promise, create);
    return true;
  } catch (error) {
    if (error instanceof AssertionError || error instanceof SessionStoreError) return false;
    throw error;
  }
}

/** The cases that a repository breaks; all cases run at the same time. */
async function brokenBy(create: CreateComplianceStore): Promise<string[]> {
  const kept = await Promise.all(complianceCases.map((promise) => keeps(promise, create)));
  return complianceCases.filter((_, n) => !kept[n]).map(nameOf);
}

function nameOf({ group, name }: ComplianceCase): string {
  return `${group}: ${name}`;
}

describe('The compliance suite', () => {
  const broken = new Map<string, string[]>();

  beforeAll(async () => {
    await Promise.all(wrongRepositories.map(async ({ does, create }) => broken.set(does, await brokenBy(create))));
  }, 60_000);

  it('accepts the repository that the wrong ones are made from', async () => {
    expect(await brokenBy(() => atBothServers(new ReplaceableRepository()))).toEqual([]);
  });

  for (const { does, caughtBy } of wrongRepositories) {
    it(`catches a repository that ${does}`, () => {
      expect(caughtBy).not.toHaveLength(0);
      expect(broken.get(does)).toEqual(expect.arrayContaining([...caughtBy]));
    });
  }

  it('has no case that nothing can break', () => {
    const breakable = new Set([...broken.values()].flat());
    expect(complianceCases.map(nameOf).filter((name) => !breakable.has(name))).toEqual([]);
  });
});
