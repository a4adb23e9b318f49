import { dockerDocs } from '../sources.ts';
import { isDataService, serviceRule } from '../view.ts';

export const dataNetworkInternal = serviceRule({
  id: 'data-network-internal',
  severity: 'warning',
  title: 'Databases are on internal networks only',
  why: 'A database needs no way out: without one, an intruder cannot fetch tools or send the data away, and no port of it can be published by mistake.',
  fix: 'Put it on a network with `internal: true`, and what must reach both, such as the app or the backup, on two networks.',
  source: dockerDocs('reference/compose-file/networks/#internal'),
  scope: 'production',
  of: (view) => isDataService(view) && view.service.network_mode === undefined,
  at: ['networks'],
  check: ({ model, service }) =>
    Object.keys(service.networks ?? {})
      .filter((name) => {
        const network = model.networks?.[name];
        // What an external network is, only the engine knows.
        return !network?.internal && !network?.external;
      })
      .map((name) => `is on network ${name}, which has a way out`),
});
