/** Servers that keep data of their own, by their images: a copy of the files of one that runs is no backup of it. */
import type { ComposeService } from '../../compose/model.ts';
import { dataKinds } from '../kinds.ts';
import { kindOf } from '../services.ts';

const others =
  /(?:^|\/)[^/]*(?:clickhouse|elasticsearch|opensearch|solr|meilisearch|typesense|qdrant|weaviate|milvus|chroma|neo4j|memgraph|cassandra|scylla|influxdb|timeplus|questdb|mssql|azure-sql|oracle|couchdb|couchbase|cockroach|surrealdb|arangodb|rethinkdb|ferretdb|dgraph|victoria|prometheus|loki|tempo|mimir|rabbitmq|kafka|redpanda|pulsar|nats|zookeeper|etcd|consul|vault|temporal|memcached|registry)[^/]*(?::[^/]*)?$/i;

/** Whether a service is one. */
export function isServer(service: Pick<ComposeService, 'image'>): boolean {
  const kind = kindOf(service);
  return (kind !== undefined && dataKinds.has(kind)) || others.test((service.image ?? '').replace(/@.*$/, ''));
}
