import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = (folder: string, ...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });

/** Makes a CA, `<name>.crt` and `<name>.key` in PEM form. */
export async function makeCa(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const out = ['-keyout', `${name}.key`, '-out', `${name}.crt`, '-days', '2'];
  await openssl(folder, 'req', '-x509', ...key, ...out, '-subj', `/CN=${name}`);
}

/**
 * Makes a certificate for 127.0.0.1 and localhost that the CA has signed, `<name>.crt` and `<name>.key`.
 *
 * @param alternativeName one more name, as OpenSSL writes it; a name without a kind is a DNS name
 */
export async function makeCertificate(
  folder: string,
  ca: string,
  name: string,
  alternativeName = `${name}.example.org`,
): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    folder,
    'req',
    ...key,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  );
  await writeFile(
    join(folder, `${name}.ext`),
    `subjectAltName=IP:127.0.0.1,DNS:localhost,${/^[A-Za-z]+:/.test(alternativeName) ? '' : 'DNS:'}${alternativeName}\n`,
  );
  const signer = ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', '2'];
  await openssl(
    folder,
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...signer,
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.crt`,
  );
}
