import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* Rules and dashboards that others wrote: those of Ceph, as Debian packs them. */

const PACKAGES = ['ceph-prometheus-alerts', 'ceph-grafana-dashboards'];

export interface Foreign {
  readonly rules: string;
  readonly dashboards: readonly { readonly path: string; readonly text: string }[];
}

function readFrom(root: string): Foreign {
  const folder = join(root, 'etc/grafana/dashboards/ceph-dashboard');
  return {
    rules: readFileSync(join(root, 'etc/prometheus/ceph/ceph_default_alerts.yml'), 'utf8'),
    dashboards: readdirSync(folder)
      .sort()
      .map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') })),
  };
}

/**
 * Fetches both packages.
 *
 * @throws {Error} where they cannot be had; it says what to do
 */
export function fetchCeph(): Foreign {
  const own = process.env.GATEWAY_OBSERVABILITY_CEPH;
  if (own !== undefined) return readFrom(own);
  const folder = mkdtempSync(join(tmpdir(), 'gateway-ceph-'));
  try {
    execFileSync('apt-get', ['-q', 'download', ...PACKAGES], { cwd: folder, stdio: 'pipe' });
    for (const name of PACKAGES) {
      execFileSync('sh', ['-c', `dpkg -x ${name}_*.deb root`], { cwd: folder, stdio: 'pipe' });
    }
    return readFrom(join(folder, 'root'));
  } catch (error) {
    throw new Error(
      `Debian's packages ${PACKAGES.join(' and ')} cannot be fetched: let GATEWAY_OBSERVABILITY_CEPH name a folder in which they are unpacked (${(error as Error).message})`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
