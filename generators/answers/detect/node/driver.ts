import { finding } from '../findings.ts';
import type { DetectedNodeApp } from '../types.ts';
import type { View } from '../view.ts';
import type { Package } from './package.ts';
import { firstDependency, runtimePackages } from './uses.ts';
import type { Workspace } from './workspace.ts';

type Driver = NonNullable<DetectedNodeApp['found']['databaseDriver']>;

/**
 * What an app speaks to PostgreSQL with, where it is not node-postgres. Prisma's client uses node-postgres with its
 * adapter, and its own engine without one (https://www.prisma.io/docs/orm/overview/databases/database-drivers).
 */
export function detectDatabaseDriver(view: View, app: Package, workspace: Workspace | undefined): Driver | undefined {
  const packages = runtimePackages(view, app, workspace);
  if (firstDependency(packages, ['@prisma/adapter-pg'])) return undefined;
  const prisma = firstDependency(packages, ['@prisma/client']);
  if (prisma) return finding('prisma', prisma);
  if (firstDependency(packages, ['pg'])) return undefined;
  const postgres = firstDependency(packages, ['postgres']);
  return postgres && finding('postgres', postgres);
}
