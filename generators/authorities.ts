import { X509Certificate } from 'node:crypto';
import { caFiles, providers } from './answers/providers.ts';
import type { Answers } from './answers/schema.ts';
import type { Problem } from './errors.ts';

/**
 * CA files that are missing, or hold something else: said before anything is written, because Docker would make a folder
 * in place of a file that is not there, and every connection would fail.
 * @param read the text of a file of the repo; undefined where there is none
 */
export function authorityProblems(answers: Answers, read: (path: string) => string | undefined): readonly Problem[] {
  return caFiles(answers).flatMap(({ path, file }) => {
    const text = read(file);
    const message = text === undefined ? `is missing: ${sourceOf(answers, path, file)}` : wrongIn(text);
    return message === undefined ? [] : [{ path, value: file, message }];
  });
}

/** Where a CA file is got from: the provider's own place for it, or whoever runs the server. */
function sourceOf(answers: Answers, path: string, file: string): string {
  const { postgres } = answers;
  const from = postgres?.mode === 'managed' && path === 'postgres.ca' ? providers[postgres.provider] : undefined;
  if (from?.from === undefined || from.ca !== file)
    return 'get the CA certificate from your provider and put it there, or choose system if a public authority vouches for the server';
  return `get it by ${from.from}`;
}

/** What is wrong with the text of a CA file. */
function wrongIn(text: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return 'holds a private key: only the certificate of the CA belongs there, which everybody may see';
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0)
    return 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----); one in DER becomes one with: openssl x509 -inform der -in FILE -out FILE.pem';
  return blocks.every(isCertificate) ? undefined : 'holds a certificate that cannot be read: get it anew';
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}
