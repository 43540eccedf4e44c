import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { SessionStoreError } from '../../contracts/errors.js';
import { type ComplianceCase, complianceCases, type CreateComplianceStore, runComplianceCase } from '../index.js';
import { ReplaceableRepository } from './replaceable.repository.fixture.js';
import { wrongContents } from './wrong-contents.fixture.js';
import { wrongEndings } from './wrong-endings.fixture.js';
import { atBothServers, type WrongRepository } from './wrong-repository.fixture.js';
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

const found = new Map<WrongRepository, Promise<string[]>>();

/** The same, found out once. */
function brokenByWrong(wrong: WrongRepository): Promise<string[]> {
  const broken = found.get(wrong) ?? brokenBy(wrong.create);
  found.set(wrong, broken);
  return broken;
}

describe('The compliance suite', () => {
  it('accepts the repository that the wrong ones are made from', async () => {
    expect(await brokenBy(() => atBothServers(new ReplaceableRepository()))).toEqual([]);
  });

  for (const wrong of wrongRepositories) {
    it.concurrent(`catches a repository that ${wrong.does}`, { timeout: 60_000 }, async () => {
      expect(wrong.caughtBy).not.toHaveLength(0);
      expect(await brokenByWrong(wrong)).toEqual(expect.arrayContaining([...wrong.caughtBy]));
    });
  }

  it('has no case that nothing can break', { timeout: 60_000 }, async () => {
    const breakable = new Set((await Promise.all(wrongRepositories.map(brokenByWrong))).flat());
    expect(complianceCases.map(nameOf).filter((name) => !breakable.has(name))).toEqual([]);
  });
});
