/** Who runs a managed PostgreSQL, and what is particular there. */
import type { Answers } from './schema.ts';
import { type Server, serversOf } from './servers.ts';

type Managed<S extends Server = Server> = Extract<S, { mode: 'managed' }>;
type ManagedPostgres = Managed<NonNullable<Answers['postgres']>>;

export interface Provider {
  /** For texts. */
  readonly title: string;
  /** Who vouches for its servers, where `postgres.ca` does not say: the public authorities, or a file of the provider. */
  readonly ca: string;
  /** Where that file is got from, for texts: a command, or a place of its website. */
  readonly from?: string;
  /**
   * What of the certificate is verified: `verify-full`, that a trusted authority made it for this host name; `verify-ca`,
   * that it made it, where it does so for this one server and writes no host name into it.
   */
  readonly verify: 'verify-full' | 'verify-ca';
  /** Whether the address that it shows first goes through a pooler by transactions. */
  readonly pooled: boolean;
  /** Which address belongs into DATABASE_URL, and which one into MIGRATION_DATABASE_URL. */
  readonly addresses: string;
  /** Whom it lets in, and where that is set. */
  readonly access: string;
}

export const providers: Readonly<Record<ManagedPostgres['provider'], Provider>> = {
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html: a bundle of all regions;
  // rds.force_ssl is 1 from PostgreSQL 15 on.
  rds: {
    title: 'Amazon RDS',
    ca: 'certs/rds-ca.pem',
    from: '`curl -fsS --create-dirs -o certs/rds-ca.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem`',
    verify: 'verify-full',
    pooled: false,
    addresses: 'the endpoint of the instance or cluster, port 5432; not the one of a read replica',
    access: 'the security group of the instance has to let this host in on its port',
  },
  // https://cloud.google.com/sql/docs/postgres/configure-ssl-instance: a CA for each instance, whose certificates name the
  // instance (PROJECT:INSTANCE) and no host.
  cloudsql: {
    title: 'Google Cloud SQL',
    ca: 'certs/cloudsql-ca.pem',
    from: "`mkdir -p certs && gcloud sql instances describe INSTANCE --format='value(serverCaCert.cert)' > certs/cloudsql-ca.pem`",
    verify: 'verify-ca',
    pooled: false,
    addresses: 'the IP address of the instance, port 5432',
    access: 'the authorized networks of the instance have to have the address of this host',
  },
  // https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-connect-tls-ssl: certificates of public
  // authorities; which intermediate one signs may change, so only roots are trusted.
  azure: {
    title: 'Azure Database for PostgreSQL',
    ca: 'system',
    verify: 'verify-full',
    pooled: false,
    addresses: 'port 5432; or 6432 for its PgBouncer, with postgres.pooled: true, and 5432 for migrations',
    access: 'the firewall rules of the server have to have the address of this host',
  },
  // https://docs.digitalocean.com/products/databases/postgresql/how-to/connect/: TLS is required, and each account has a CA
  // of its own.
  digitalocean: {
    title: 'DigitalOcean Managed PostgreSQL',
    ca: 'certs/digitalocean-ca.pem',
    from: '"Download CA certificate" on the page of the cluster in its control panel',
    verify: 'verify-full',
    pooled: false,
    addresses: 'port 25060; or 25061 for a connection pool, with postgres.pooled: true, and 25060 for migrations',
    access: 'the trusted sources of the cluster have to have this host',
  },
  // https://neon.com/docs/connect/connection-pooling: the host with -pooler shares connections by transactions; prepared
  // statements of the protocol work there, SET, LISTEN and advisory locks of a session do not.
  neon: {
    title: 'Neon',
    ca: 'system',
    verify: 'verify-full',
    pooled: true,
    addresses: 'the host with -pooler in it; for migrations the one without',
    access: 'the IP allow list of the project, if it has one, has to have the address of this host',
  },
  // https://supabase.com/docs/guides/database/connecting-to-postgres: the direct host has IPv6 only, without the add-on;
  // the transaction pooler (6543) knows no prepared statements.
  supabase: {
    title: 'Supabase',
    ca: 'certs/supabase-ca.pem',
    from: '"Download certificate" in the settings of the database, under SSL configuration',
    verify: 'verify-full',
    pooled: false,
    addresses:
      'the session pooler (port 5432, user postgres.PROJECT), also for migrations: the direct host has IPv6 only, and the transaction pooler (6543) no prepared statements',
    access: 'the network restrictions of the project, if it has any, have to have the address of this host',
  },
  generic: {
    title: 'PostgreSQL',
    ca: 'system',
    verify: 'verify-full',
    pooled: false,
    addresses: 'the address of the server itself for migrations, and of its pooler, if there is one, for the app',
    access: 'its firewall and pg_hba.conf have to let this host in',
  },
};

/** The CA file of a managed server, from the root of the repo; undefined where the public authorities vouch for it. */
export function caFile(server: Managed): string | undefined {
  const ca = 'provider' in server ? (server.ca ?? providers[server.provider].ca) : server.ca;
  return ca === 'system' ? undefined : ca;
}

/** Whether apps come to a managed server through a pooler by transactions. */
export function isPooled(postgres: ManagedPostgres): boolean {
  return postgres.pooled ?? providers[postgres.provider].pooled;
}

/** All CA files that a stack needs, by the answer that asks for each. */
export function caFiles(answers: Answers): readonly { readonly path: string; readonly file: string }[] {
  return serversOf(answers).flatMap(([path, server]) => {
    const file = server.mode === 'managed' ? caFile(server) : undefined;
    return file === undefined ? [] : [{ path: `${path}.ca`, file }];
  });
}
