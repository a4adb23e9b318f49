import type { databaseSchemes } from '../../stacks/common.ts';
import { finding, usesFound } from '../findings.ts';
import type { Finding, Uses } from '../types.ts';
import { dependencyOf, type Project } from './project.ts';
import type { Requirement } from './requirements.ts';

const postgresDrivers = ['asyncpg', 'psycopg', 'psycopg2', 'psycopg2-binary', 'pg8000'];
const redisClients = [
  'redis',
  'aioredis',
  'arq',
  'rq',
  'django-rq',
  'flask-rq2',
  'django-redis',
  'channels-redis',
  'celery-redbeat',
];
const mqttClients = ['paho-mqtt', 'aiomqtt', 'asyncio-mqtt', 'gmqtt', 'amqtt', 'fastapi-mqtt', 'flask-mqtt'];
const storageClients = ['boto3', 'aioboto3', 'aiobotocore', 's3fs', 'minio', 'django-s3-storage'];
const mailClients = ['aiosmtplib', 'fastapi-mail', 'flask-mail', 'flask-mailman', 'redmail'];
const orms = ['sqlalchemy', 'sqlmodel', 'flask-sqlalchemy', 'flask-sqlalchemy-lite'];

type Scheme = (typeof databaseSchemes)[number];

/** The externals that an app has clients for. */
export function detectUses(project: Project): Uses {
  const postgres = driverOf(project)?.evidence;
  const redis = (dependencyOf(project, ...redisClients) ?? withExtra(project, /^redis$/))?.evidence;
  const mqtt = dependencyOf(project, ...mqttClients)?.evidence;
  const storage = (dependencyOf(project, ...storageClients) ?? withExtra(project, /^(?:s3|boto3)$/))?.evidence;
  const mail = dependencyOf(project, ...mailClients)?.evidence;
  return usesFound({ postgres, redis, mqtt, storage, mail });
}

/** The scheme that the database driver of the app expects in DATABASE_URL. */
export function databaseScheme(project: Project): Finding<Scheme> | undefined {
  const driver = driverOf(project);
  if (!driver) return undefined;
  const orm = dependencyOf(project, ...orms) !== undefined;
  const asyncpg = dependencyOf(project, 'asyncpg') ?? withExtra(project, /asyncpg/);
  if (orm && asyncpg) return finding('postgresql+asyncpg', asyncpg.evidence);
  const psycopg = dependencyOf(project, 'psycopg') ?? withExtra(project, /^postgresql-psycopg$/);
  if (orm && psycopg) return finding('postgresql+psycopg', psycopg.evidence);
  return finding('postgresql', driver.evidence);
}

function driverOf(project: Project): Requirement | undefined {
  const dialect = project.dependencies.find(
    ({ name, extras }) => name === 'sqlalchemy' && extras.includes('postgresql'),
  );
  return dependencyOf(project, ...postgresDrivers) ?? withExtra(project, /asyncpg|psycopg/) ?? dialect;
}

/** The dependency that is installed with an extra of this name. */
export function withExtra(project: Project, extra: RegExp): Requirement | undefined {
  return project.dependencies.find(({ extras }) => extras.some((one) => extra.test(one)));
}
