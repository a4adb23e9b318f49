/** A private certificate authority with an intermediate, for certificates of every kind, wrong ones too. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** What a certificate is to be like; what is not said is as it should be. */
export interface Wanted {
  readonly names: readonly string[];
  /** Days from now; both may be in the past. */
  readonly from?: number;
  readonly until?: number;
  readonly usage?: 'serverAuth' | 'clientAuth';
  /** Without it, the subject alone has the name. */
  readonly alternatives?: boolean;
  /** Signed by the root itself. */
  readonly direct?: boolean;
}

/** A certificate with its key; all PEM. */
export interface Pair {
  readonly certificate: string;
  /** With the intermediate after it. */
  readonly chain: string;
  readonly key: string;
}

export interface Authority {
  /** What clients have to trust. */
  readonly root: string;
  readonly intermediate: string;
  readonly issue: (wanted: Wanted) => Promise<Pair>;
  /** PEM in another form: what openssl makes of it. */
  readonly convert: (pem: string, ...args: readonly string[]) => Promise<Buffer>;
  readonly end: () => void;
}

/** Makes an authority of its own. */
export async function newAuthority(): Promise<Authority> {
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-authority-'));
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const openssl = async (...args: readonly string[]) => (await execa('openssl', args, { cwd: folder })).stdout;
  const key = async (name: string) =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-out', `${name}.key`);
  const request = async (name: string, subject: string) => {
    await key(name);
    await openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
  };
  /** `openssl ca`, as the only way to choose both dates. */
  const sign = async (name: string, issuer: string, extensions: readonly string[], from: number, until: number) => {
    writeFileSync(join(folder, `${name}.ext`), `${extensions.join('\n')}\n`);
    writeFileSync(join(folder, 'index.txt'), '');
    writeFileSync(
      join(folder, 'ca.cnf'),
      `[ca]
default_ca = all
[all]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
`,
    );
    await openssl(
      ...['ca', '-batch', '-notext', '-config', 'ca.cnf', '-in', `${name}.csr`, '-out', `${name}.crt`],
      ...(issuer === name ? ['-selfsign'] : ['-cert', `${issuer}.crt`]),
      ...['-keyfile', `${issuer}.key`, '-extfile', `${name}.ext`],
      ...['-startdate', date(from), '-enddate', date(until)],
    );
  };
  const authority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  await request('root', '/CN=Test Root');
  await sign('root', 'root', authority, -400, 400);
  await request('intermediate', '/CN=Test Intermediate');
  await sign('intermediate', 'root', authority, -400, 400);

  let count = 0;
  return {
    root: read('root.crt'),
    intermediate: read('intermediate.crt'),
    convert: async (pem, ...args) =>
      Buffer.from((await execa('openssl', args, { input: pem, encoding: 'buffer' })).stdout),
    issue: async ({ names, from = -1, until = 90, usage = 'serverAuth', alternatives = true, direct = false }) => {
      count += 1;
      const name = `leaf${count}`;
      await request(name, `/CN=${names[0]}`);
      const extensions = [
        'basicConstraints=critical,CA:FALSE',
        `extendedKeyUsage=${usage}`,
        ...(alternatives ? [`subjectAltName=${names.map((one) => `DNS:${one}`).join(',')}`] : []),
      ];
      await sign(name, direct ? 'root' : 'intermediate', extensions, from, until);
      const certificate = read(`${name}.crt`);
      return { certificate, chain: certificate + read('intermediate.crt'), key: read(`${name}.key`) };
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Days from now as YYYYMMDDHHMMSSZ. */
function date(days: number): string {
  const at = new Date(Date.now() + days * 86_400_000);
  return `${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
}
