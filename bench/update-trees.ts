import { createHash } from 'node:crypto'
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { debianSources } from '../test/e2e/lab/inputs/live-parts.ts'
import { made } from '../test/e2e/lab/inputs/made.ts'
import { run } from '../test/e2e/lab/processes.ts'
import { labCache } from '../tools/deployer/debian-files.ts'

/** Seconds since 1970: no file is younger, so that two builds are the same bytes. */
export const newest = 1_750_000_000
const packages = [
  ...[
    'linux-image-cloud-amd64',
    'systemd-sysv',
    'dbus',
    'openssh-server',
    'curl',
    'iproute2',
    'rsync',
    'less',
  ],
  ...['python3', 'python3-pip', 'perl', 'vim', 'gcc', 'libc6-dev', 'make', 'gdb'],
]
const added = ['strace', 'tcpdump', 'tmux', 'jq']

// An initrd is a blob of its own: without the hook of initramfs-tools none is made.
const script = `
packages=$1 suite=$3 released=$4
export SOURCE_DATE_EPOCH=${newest} here=$PWD added=$2 DEBIAN_FRONTEND=noninteractive
shift 4
printf '%s\\n' "$@" >sources.list
cat >history.sh <<'END'
#!/bin/sh -eu
root=$1
keep() {
  tar -c --sort=name --numeric-owner --clamp-mtime --mtime=@$SOURCE_DATE_EPOCH --one-file-system -C "$root" \\
    --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/*' --exclude='./var/log/*' --exclude='./tmp/*' \\
    --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' --exclude='./run/*' -f "$here/$1.tar" .
}
apt() { chroot "$root" apt-get -qq --yes "$@" >&2; }
keep v1
apt install $added
keep v2p
apt purge --autoremove $added
printf 'Package: linux-*\\nPin: release l=Debian-Security\\nPin-Priority: -1\\n' >"$root/etc/apt/preferences.d/kernel"
cp "$here/sources.list" "$root/etc/apt/sources.list"
apt update
apt dist-upgrade
rm "$root/etc/apt/preferences.d/kernel"
keep v2s
END
chmod 755 history.sh
mmdebstrap --quiet --mode=root --variant=minbase --format=null --include="$packages" \\
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \\
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \\
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/etc/kernel/postinst.d/initramfs-tools' \\
  --customize-hook="$here/history.sh" "$suite" - "$released"`

export const updates = ['v2p', 'v2s'] as const
export type Update = (typeof updates)[number]

/**
 * Unpacks a root file system in `folder`, or what became of it. Made once from the packages of that day, then kept
 * in the lab's cache: v1 is Debian without its security updates; v2p has four packages more, and 3 % of its files
 * edited, rewritten or grown; v2s has the security updates, and the same kernel.
 */
export async function unpackTree(version: 'v1' | Update, folder: string): Promise<void> {
  const { suite, lines } = await debianSources()
  const released = lines.find((line) => line.endsWith(` ${suite} main`)) ?? ''
  const words = [packages.join(','), added.join(' '), suite, released, ...lines]
  const tar = join(await made(labCache, { name: 'update-root', script, words }), `${version}.tar`)
  await run('tar', ['-x', '--numeric-owner', '-f', tar, '-C', folder])
  if (version === 'v2p') await changeSomeFiles(folder)
}

type Change = (bytes: Buffer, random: (below: number) => number) => Buffer

/** Rewritten: nothing of it was there before, and it is as compressible as it was. */
const changes: readonly Change[] = [
  function edited(bytes, random) {
    const copy = Buffer.from(bytes)
    for (let n = 0; n <= random(4); n++) copy.write(`${random(2 ** 32)}`, random(copy.length))
    return copy
  },
  function rewritten(bytes, random) {
    const step = 2 * random(128) + 1
    return bytes.map((byte) => (byte * step + 77) & 255) as Buffer
  },
  function grown(bytes, random) {
    const at = random(bytes.length)
    const more = Array.from({ length: 8 + random(1000) }, () => random(2 ** 32).toString(36)).join(' ')
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(more), bytes.subarray(at)])
  },
]

async function changeSomeFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name)
    const random = randomOf(relative(folder, path))
    if (random(100) >= 3 || (await stat(path)).size === 0) continue
    const change = changes[random(changes.length)] as Change
    await writeFile(path, change(await readFile(path), random))
    await utimes(path, newest, newest)
  }
}

/** Whole numbers below a bound; the same for each file whatever other files there are. */
function randomOf(seed: string): (below: number) => number {
  let count = 0
  return (below) =>
    createHash('sha256').update(`bootcast ${seed} ${count++}`).digest().readUInt32LE(0) % below
}
