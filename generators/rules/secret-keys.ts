/** What holds a secret, judged by its name; the last words of a name decide (`JWT_SECRET`, never `TOKEN_LIFETIME`). */
const secretWords =
  /(?:PASSWORD|PASSWD|PASSPHRASE|(?:^|_)(?:PASS|SECRET|TOKEN|AUTH_?KEY|CREDENTIAL)|[A-Z]_PWD|REDIS(?:CLI)?_AUTH)$|(?:^|_)(?:SECRET|API|PRIVATE|ENCRYPTION|SIGNING|MASTER|APP|APPLICATION|SECRET_ACCESS|SERVICE_ROLE|ACCOUNT|STORAGE|JWT|CIPHER|HMAC)_?KEY(?:_BASE)?$/;

/** Values that belong to everyone, whatever their name says. */
const publicWords = /(?:^|_)PUBLIC(?:_|$)|PUBLISHABLE|^(?:VITE|REACT_APP)_|(?:^|_)(?:RANDOM_ROOT|EMPTY(?:_ROOT)?)_/;

export function looksSecret(name: string): boolean {
  const upper = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/[-.]/g, '_')
    .toUpperCase();
  return secretWords.test(upper) && !publicWords.test(upper);
}

/**
 * What an entrypoint fills in when the container starts: `{{postgres_password}}`, with the text of a secret's file; or
 * Ansible and the like before that, from a vault: `{{ vault_password }}`.
 */
const reference = /^\{\{[^{}]+\}\}$/;

/** Whether a value that belongs to a secret's name is the secret itself, rather than where it comes from. */
export function isLiteralSecret(value: string): boolean {
  const text = value.trim();
  if (text === '' || text.includes('$') || reference.test(text)) return false;
  // `- NAME=""`: the quotes are all there is. 0 switches off, and asterisks hide what it is.
  if (/^(?:""|''|0|\*+)$/.test(text)) return false;
  // Paths to secrets, switches and nothing.
  return !/^(?:\/|\.{1,2}\/|file:|<|true$|false$|yes$|no$|null$|~$|none$|disabled?$|invalid$|unset$|undefined$)/i.test(
    text,
  );
}

/** Keys of services of others: nobody can make one up that works. */
const foreignKeys = /(?:^|_)(?:API_?KEY|ACCESS_KEY|TOKEN|CLIENT_SECRET|AUTH_?KEY)$/;

/** Whether a value only says that one is to be filled in: `your-api-key`, `sk-...`. A password called so still works. */
export function isPlaceholder(name: string, value: string): boolean {
  const isHole =
    /^(?:(?:your|my|insert|enter|replace|put|add|paste)(?=[A-Z_ -])|(?:sk|pk|rk|gh[opsu]|glpat|xox[bp])[-_](?:(?:test|live|ant|proj|api\d*)[-_])*[\Wx]*$|x{3,}|\.{3}|placeholder|todo|user[-_]provided$)/i;
  return foreignKeys.test(name.toUpperCase()) && isHole.test(value.trim());
}

/** The password that stands in a URL: `postgres://user:password@host`. */
export function passwordInUrl(value: string): string | undefined {
  const found = /[a-z][a-z\d+.-]*:\/\/[^\s:@/"'{}]*:([^\s@/"']+)@/i.exec(value);
  const password = found?.[1];
  if (password === undefined || password.includes('$') || reference.test(password)) return undefined;
  // A hole to fill in, not a password: `<password>`, `[password]`, `***`.
  return /^(?:<.*>|\[.*\]|\*+|x+|\.+)$/i.test(password) ? undefined : password;
}
