/** What servers keep out of their logs. */

/**
 * Parameters of a query whose values are as good as a password, as a regular expression that nginx (PCRE), Caddy (RE2) and
 * Python read alike. They are to be told to ignore case: apps write `token`, `Token` and `accessToken`.
 */
export const secretParameters = [
  ...['access[_-]?token', 'api[_-]?key', 'auth', 'code', 'id[_-]?token', 'jwt', 'key', 'password', 'refresh[_-]?token'],
  ...['secret', 'session', 'sig', 'signature', 'state', 'ticket', 'token'],
  'X-Amz-(?:Credential|Security-Token|Signature)',
].join('|');
