/** Names in `.env` that follow from those of apps and services. */

/** The prefix of a service's variables: `api-worker` gives `API_WORKER`. */
export function envPrefix(service: string): string {
  return service.toUpperCase().replaceAll('-', '_');
}

/** The variables with the passwords of an app that has a database, or schema, of its own. */
export function databasePasswords(app: string): { readonly app: string; readonly migration: string } {
  return { app: `${envPrefix(app)}_POSTGRES_PASSWORD`, migration: `${envPrefix(app)}_MIGRATION_PASSWORD` };
}

/** The variable that holds a random value of an app: two apps may both have a `JWT_SECRET`. */
export function secretVariable(app: string, name: string): string {
  return `${envPrefix(app)}_${name}`;
}
