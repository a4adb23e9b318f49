import { caFile } from '../../../answers/providers.ts';
import { envPrefix, value, variable } from '../../values.ts';
import { authority } from './authority.ts';
import type { Reach, Visitor } from './types.ts';

/** Where the bundled storage listens, and what its key for apps is called; the secret behind it is in `.env`. */
export const storage = { service: 'storage', port: 8333, key: 'app', secret: 'STORAGE_APP_KEY' } as const;

/** The variables of `.env` for a storage that somebody else runs. */
export const managedStorage = {
  endpoint: 'S3_ENDPOINT',
  region: 'S3_REGION',
  bucket: 'S3_BUCKET',
  key: 'S3_ACCESS_KEY_ID',
  secret: 'S3_SECRET_ACCESS_KEY',
  pathStyle: 'S3_FORCE_PATH_STYLE',
} as const;

type Parts = Reach['parts'];

/** How an app reaches object storage; undefined where the stack has none. */
export function reachStorage({ answers, app }: Visitor): Reach | undefined {
  const { storage: wanted } = answers;
  if (!wanted) return undefined;
  if (wanted.mode === 'managed') {
    const names = managedStorage;
    const parts = {
      url: [variable(names.endpoint)],
      bucket: [variable(names.bucket)],
      region: [variable(names.region)],
      key: [variable(names.key)],
      secret: [variable(names.secret)],
    };
    const { target, files } = authority(caFile(wanted));
    return {
      parts,
      environment: {
        ...variablesOf(app.stack, parts, [variable(names.pathStyle)]),
        // The SDKs of Python and PHP know the first one; in Node it is for the whole process.
        ...(target !== undefined && {
          AWS_CA_BUNDLE: target,
          ...(app.stack === 'node' && { NODE_EXTRA_CA_CERTS: target }),
        }),
      },
      files,
      bundled: false,
    };
  }
  const [first = '', ...others] = wanted.buckets;
  const parts = {
    url: value`http://${storage.service}:${String(storage.port)}`,
    bucket: first,
    region: 'us-east-1',
    key: storage.key,
    secret: [variable(storage.secret)],
  };
  return {
    parts,
    environment: {
      ...variablesOf(app.stack, parts, 'true'),
      ...Object.fromEntries(others.map((bucket) => [`S3_BUCKET_${envPrefix(bucket)}`, bucket])),
    },
    dependsOn: { 'storage-setup': 'service_completed_successfully', [storage.service]: 'service_healthy' },
    bundled: true,
    network: 'storage',
  };
}

/** What the SDKs read by themselves, and what they have no variable for: bucket, and where its name stands. */
function variablesOf(
  stack: Visitor['app']['stack'],
  parts: Record<string, Parts[string]>,
  pathStyle: Parts[string],
): Parts {
  const { url = '', bucket = '', region = '', key = '', secret = '' } = parts;
  const keys = { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_DEFAULT_REGION: region };
  return stack === 'laravel'
    ? {
        FILESYSTEM_DISK: 's3',
        ...keys,
        AWS_BUCKET: bucket,
        AWS_ENDPOINT: url,
        AWS_USE_PATH_STYLE_ENDPOINT: pathStyle,
      }
    : {
        ...keys,
        AWS_REGION: region,
        AWS_ENDPOINT_URL_S3: url,
        S3_ENDPOINT: url,
        S3_REGION: region,
        S3_BUCKET: bucket,
        S3_FORCE_PATH_STYLE: pathStyle,
      };
}
