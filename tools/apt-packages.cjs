'use strict'
// Debian packages that the suites and benchmarks run: peers, servers and emulators, never needed by the product.
const { spawnSync } = require('child_process')

const packages = {
  services: [
    'postgresql',
    'atftp',
    'curl',
    'busybox',
    'udhcpc',
    'iproute2',
    'libarchive-tools',
    'docker-registry',
    'skopeo',
    'radosgw',
    'ceph-mon',
    'ceph-mgr',
    'ceph-osd',
    'ceph-common',
    'qemu-utils',
    'slapd',
    'openssl',
    'dnsmasq-base',
    'kea-dhcp4-server',
  ],
  console: ['chromium', 'fonts-dejavu-core'],
  boot: [
    'chromium',
    'qemu-system-x86',
    'qemu-system-arm',
    'ipxe-qemu',
    'ovmf',
    'qemu-efi-aarch64',
    'dnsmasq-base',
    'iproute2',
    'ethtool',
    'mmdebstrap',
    'squashfs-tools',
    'xorriso',
    'binutils',
    'dosfstools',
    'mtools',
    'fdisk',
    'e2fsprogs',
    'xz-utils',
    'qemu-utils',
    'gcc',
    'libc6-dev',
    'kea-dhcp4-server',
  ],
  bench: [
    'nginx-light',
    'varnish',
    'squid',
    'kea-dhcp4-server',
    'kea-admin',
    'atftpd',
    'dnsmasq-base',
    'iproute2',
    'ethtool',
    'gcc',
    'casync',
    'wrk',
    'xorriso',
    'libc6-dev',
    'mmdebstrap',
    'squashfs-tools',
    'erofs-utils',
    'e2fsprogs',
    'rsync',
    'zstd',
  ],
}

/**
 * Installs what is missing of a set, quietly. Where that is not possible (no apt, not root) it says so and goes
 * on: the tests that need a package say themselves that they are skipped without it.
 */
function ensureAptPackages(set, say) {
  const missing = packages[set].filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const how = `apt-get install ${missing.join(' ')}`
  if (spawnSync('apt-get', ['--version']).status !== 0)
    return say(`MISSING: no apt-get here; the equivalents of: ${how}`)
  if (process.getuid() !== 0) return say(`MISSING: not root, so nothing was installed. As root: ${how}`)
  say(`Bootcast set-up: installing Debian packages for ${set} (once): ${missing.join(' ')} …`)
  // RUNLEVEL=1: the packages must not start their servers; the tests start their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { env, encoding: 'utf8' })
  apt('update')
  const done = apt('install', '-y', '--no-install-recommends', ...missing)
  if (done.status !== 0) say(`MISSING: apt-get could not install ${missing.join(' ')}:\n${done.stderr}`)
}

function isInstalled(name) {
  const asked = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' })
  return asked.status === 0 && asked.stdout === 'installed'
}

module.exports = { ensureAptPackages }
