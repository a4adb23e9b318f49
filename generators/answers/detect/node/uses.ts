import { folderOf } from '../../../paths.ts';
import { finding, usesFound } from '../findings.ts';
import { lineOf } from '../source.ts';
import type { Evidence, Finding, Uses } from '../types.ts';
import type { View } from '../view.ts';
import { inPackage, type Package } from './package.ts';
import { closureOf, type Workspace } from './workspace.ts';

const postgresClients = ['pg', 'postgres', 'pg-promise', 'slonik', '@prisma/adapter-pg', '@mikro-orm/postgresql'];
const redisClients = [
  'redis',
  'ioredis',
  'bullmq',
  'bull',
  '@nestjs/bullmq',
  '@nestjs/bull',
  'connect-redis',
  '@fastify/redis',
];

const mqttClients = ['mqtt', 'async-mqtt'];
const storageClients = [
  '@aws-sdk/client-s3',
  '@aws-sdk/lib-storage',
  'minio',
  'multer-s3',
  's3-lite',
  '@flystorage/aws-s3',
];
const mailClients = ['nodemailer', '@nestjs-modules/mailer', 'emailjs', 'fastify-mailer'];

/** The externals that an app, or a package of its workspace that it is built on, has clients for. */
export function detectUses(view: View, app: Package, workspace: Workspace | undefined): Uses {
  const packages = runtimePackages(view, app, workspace);
  const postgres = firstDependency(packages, postgresClients) ?? prismaProvider(view, packages);
  const redis = firstDependency(packages, redisClients);
  const mqtt = firstDependency(packages, mqttClients);
  const storage = firstDependency(packages, storageClients);
  const mail = firstDependency(packages, mailClients);
  return usesFound({ postgres, redis, mqtt, storage, mail });
}

/** Queues that keep their jobs in a schema of PostgreSQL that they make themselves, when the app starts. */
const tableMakers = ['pg-boss', 'graphile-worker'];

/** Whether the app, or a package that it is built on, makes tables when it runs. */
export function detectMakesTables(
  view: View,
  app: Package,
  workspace: Workspace | undefined,
): Finding<true> | undefined {
  const evidence = firstDependency(runtimePackages(view, app, workspace), tableMakers);
  return evidence && finding(true as const, evidence);
}

/** An app and the packages of its workspace that it needs when it runs; the app first. */
export function runtimePackages(view: View, app: Package, workspace: Workspace | undefined): readonly Package[] {
  const runtime = (pack: Package) => Object.keys(pack.dependencies);
  return workspace ? closureOf(view, [app], workspace, runtime).toReversed() : [app];
}

export function firstDependency(packages: readonly Package[], names: readonly string[]): Evidence | undefined {
  for (const pack of packages) {
    const name = names.find((one) => one in pack.dependencies);
    if (name) return inPackage(pack, 'dependencies', name);
  }
  return undefined;
}

/** Prisma brings its own client: its schema says which database it is for. */
function prismaProvider(view: View, packages: readonly Package[]): Evidence | undefined {
  const folders = packages.filter((pack) => '@prisma/client' in pack.dependencies).map(({ folder }) => folder);
  const schemas = view.files.filter((file) => file.endsWith('.prisma'));
  for (const folder of folders) {
    for (const file of schemas.filter((one) => owner(one, view) === folder)) {
      const line = lineOf(view.read(file) ?? '', /^[ \t]*provider[ \t]*=[ \t]*"postgres(?:ql)?"/m);
      if (line !== undefined) return { file, line };
    }
  }
  return undefined;
}

/** The folder of the package that a file belongs to. */
function owner(file: string, view: View): string {
  const folder = folderOf(file);
  if (folder === '.' || view.has(`${folder}/package.json`)) return folder;
  return owner(folder, view);
}
