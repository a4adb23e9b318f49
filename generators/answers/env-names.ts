/** Names in `.env` that follow from those of apps and services. */

/** The prefix of a service's variables: `api-worker` gives `API_WORKER`. */
export function envPrefix(service: string): string {
  return service.toUpperCase().replaceAll('-', '_');
}

/** The variable that holds a random value of an app: two apps may both have a `JWT_SECRET`. */
export function secretVariable(app: string, name: string): string {
  return `${envPrefix(app)}_${name}`;
}
