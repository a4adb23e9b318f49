/** The systems that the obligations are checked on: what is particular to each, and how it is started. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import {
  follow,
  generate,
  http,
  keepArtifacts,
  newStack,
  type Report,
  remove,
  type Stack,
  setPorts,
} from '../support/scenario.ts';
import { decoys } from './decoys.ts';
import { openWayIn } from './way-in.ts';

/** What is particular to one kind of app. */
export interface Subject {
  /** Also the beginning of the folder's name. */
  readonly name: string;
  /** The app that exists already; without it the folder is empty. */
  readonly fixture?: string;
  /** The name of the app's service. */
  readonly app: string;
  /** The folder of the app, which is its build context unless `context` says otherwise. */
  readonly folder: string;
  readonly context?: string;
  readonly args: readonly string[];
  /** Whether it has the backups that a stack has unasked. */
  readonly backups?: boolean;
  /** Variables of `.env` for the ports of further apps. */
  readonly more?: readonly string[];
  /** What only a person can put into `.env`. */
  readonly brought?: Readonly<Record<string, string>>;
  /** Behind a tunnel, nothing has a port: where services listen that tests ask, by the variable of their port. */
  readonly behind?: Readonly<Record<string, string>>;
  readonly services: readonly string[];
  /** Who is on which network, in order; for systems whose networks are looked at. */
  readonly networks?: Readonly<Record<string, readonly string[]>>;
  readonly health: string;
  /** What the health route answers without its database; 503 where it is not said. */
  readonly unhealthy?: number;
  /** The request that counts a visit in Postgres and answers with `{"visits": N}`. */
  readonly visit: { readonly method: 'GET' | 'POST'; readonly path: string };
  /** The query for the migrations that were applied; without it, that of Alembic. */
  readonly applied?: string;
  /** The debugger of development. */
  readonly debugger?: 'inspector' | 'xdebug';
  /** An edit of a source, and where it shows. */
  readonly edit: { readonly file: string; readonly from: string; readonly to: string; readonly path: string };
}

export interface System {
  readonly subject: Subject;
  readonly stack: Stack;
  /** What the program printed when it generated the stack. */
  readonly report: () => Report;
}

/** Generates a stack for the tests of this file and starts it by the commands that the program printed. */
export async function startSystem(subject: Subject): Promise<System> {
  const stack = await newStack(subject.name, subject);
  let report: Report | undefined;
  let close = async (): Promise<void> => {};

  beforeAll(async () => {
    try {
      report = await generate(stack, ...subject.args);
      setPorts(stack);
      const brought = Object.entries(subject.brought ?? {}).map(([name, value]) => `${name}=${value}\n`);
      appendFileSync(join(stack.directory, '.env'), brought.join(''));
      for (const { path, content } of decoys(subject)) {
        const file = join(stack.directory, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content, { flag: 'a' });
      }
      await follow(stack, report);
      if (subject.behind) close = await openWayIn(stack, subject.behind);
    } catch (error) {
      await keepArtifacts(stack, subject.name);
      throw error;
    }
  });

  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `${subject.name} ${task.name}`));
  });

  afterAll(async () => {
    await close();
    await remove(stack);
  });

  return {
    subject,
    stack,
    report: () => {
      if (!report) throw new Error('the stack is not generated yet');
      return report;
    },
  };
}

/** Counts a visit: the number that the app gives it. */
export async function visit({ subject, stack }: System): Promise<number> {
  const { path, method } = subject.visit;
  const { status, body } = await http(stack.ports.app, path, { method, accept: 'application/json' });
  expect(status, body).toBe(200);
  return (JSON.parse(body) as { visits: number }).visits;
}

/** Expects the health route to answer with this status. */
export async function expectHealth({ subject, stack }: System, status: number): Promise<void> {
  const answer = await http(stack.ports.app, subject.health);
  expect(answer.status, answer.body).toBe(status);
}
