import * as v from 'valibot';
import { expect } from 'vitest';
import { detect } from '../../../generators/answers/detect/index.ts';
import type {
  Detected,
  DetectedApp,
  DetectedFastapiApp,
  DetectedNodeApp,
  DetectedPythonApp,
  Finding,
  Repo,
} from '../../../generators/answers/detect/types.ts';
import { appName } from '../../../generators/answers/names.ts';
import type { StackDefinition } from '../../../generators/answers/stacks/definition.ts';
import { stacks } from '../../../generators/answers/stacks/index.ts';
import { UserError } from '../../../generators/errors.ts';

/** Files by path; an object stands for its JSON, two blanks deep. */
export type Files = Readonly<Record<string, string | object>>;

export function repo(files: Files): Repo {
  return {
    files: Object.keys(files).sort(),
    read(path) {
      const content = files[path];
      return content === undefined || typeof content === 'string' ? content : JSON.stringify(content, null, 2);
    },
  };
}

/** Detects, and holds every finding against the schema and its evidence against the files. */
export async function detectIn(files: Files): Promise<Detected> {
  const detected = await detect(repo(files));
  for (const app of detected.apps) check(app, files);
  expect(new Set(detected.apps.map(({ name }) => name)).size).toBe(detected.apps.length);
  return detected;
}

function check(app: DetectedApp, files: Files): void {
  expect(v.safeParse(appName, app.name).issues).toBeUndefined();
  const { entries }: StackDefinition['schema'] = stacks[app.stack].schema;
  for (const [key, found] of Object.entries<Finding<unknown>>(app.found)) {
    const schema = entries[key];
    expect(schema, `${key} is an answer`).toBeDefined();
    if (schema) expect(v.safeParse(schema, found.value).issues, key).toBeUndefined();
  }
  const evidence = [
    ...Object.values<Finding<unknown>>(app.found).map((found) => found.evidence),
    ...Object.values(app.uses),
  ];
  for (const one of evidence) {
    if (!one) continue;
    const lines = repo(files).read(one.file)?.split('\n');
    expect(lines, `${one.file} exists`).toBeDefined();
    if (one.line !== undefined && one.line > 1)
      expect(lines?.[one.line - 1]?.trim(), `${one.file}:${one.line}`).not.toBe('');
  }
}

/** The one app of a repo, which is a Node app. */
export async function nodeIn(files: Files): Promise<DetectedNodeApp> {
  const { apps } = await detectIn(files);
  const [app] = apps;
  if (apps.length !== 1 || app?.stack !== 'node') throw new Error(`not one Node app: ${JSON.stringify(apps)}`);
  return app;
}

/** The one app of a repo, which is a FastAPI app. */
export async function fastapiIn(files: Files): Promise<DetectedFastapiApp> {
  const { apps } = await detectIn(files);
  const [app] = apps;
  if (apps.length !== 1 || app?.stack !== 'fastapi') throw new Error(`not one FastAPI app: ${JSON.stringify(apps)}`);
  return app;
}

/** The one app of a repo, which is a Django or Flask app or a plain Python program. */
export async function pythonIn(files: Files): Promise<DetectedPythonApp> {
  const { apps } = await detectIn(files);
  const [app] = apps;
  if (apps.length !== 1 || app?.stack !== 'python') throw new Error(`not one Python app: ${JSON.stringify(apps)}`);
  return app;
}

/** The text of a line of a file, to compare evidence with what it points at. */
export function lineOf(files: Files, found: { evidence: { file: string; line?: number } } | undefined): string {
  const { file, line } = found?.evidence ?? { file: '' };
  return repo(files).read(file)?.split('\n')[(line ?? 0) - 1]?.trim() ?? '';
}

/** The values of findings, to compare with in one go. */
export function valuesOf(app: DetectedApp): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries<Finding<unknown>>(app.found).map(([key, { value }]) => [key, value]));
}

export async function refusalOf(files: Files): Promise<UserError> {
  const error = await detect(repo(files)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

/** A small Express app; what a test is about comes on top. */
export function express(pack: object = {}, files: Files = {}): Files {
  return {
    'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies: { express: '5.1.0' }, ...pack },
    'server.js': "const app = require('express')();\napp.listen(process.env.PORT || 8080);\n",
    ...files,
  };
}

/** A small Django app that reads its settings from the environment. */
export function django(files: Files = {}, settings = ''): Files {
  return {
    'requirements.txt': 'Django==5.2.8\ngunicorn==23.0.0\npsycopg[binary]==3.2.12\n',
    'manage.py': 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    'shop/__init__.py': '',
    'shop/wsgi.py': 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\napplication = x()\n',
    'shop/urls.py': 'from django.urls import path\nurlpatterns = [path("healthz/", view)]\n',
    'shop/settings.py': `import os\n\nSECRET_KEY = os.environ["SECRET_KEY"]\nALLOWED_HOSTS = os.environ.get("HOSTS", "").split(",")\n${settings}`,
    ...files,
  };
}

/** A small FastAPI app with pinned requirements. */
export function fastapi(files: Files = {}): Files {
  return {
    'requirements.txt': 'fastapi==0.120.1\nuvicorn==0.38.0\n',
    'main.py': 'from fastapi import FastAPI\n\napp = FastAPI()\n',
    ...files,
  };
}
