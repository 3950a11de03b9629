import { join } from 'node:path'
import { DebianFiles } from '../../../../tools/deployer/debian-files.ts'
import { run } from '../processes.ts'
import { made } from './made.ts'

/** What the root file system of the live images prints, followed by the kernel's command line. */
export const liveMarker = 'LAB-LIVE-OK'

export type LiveParts = {
  readonly kernel: string
  /** initramfs-tools with live-boot, as Debian's own post-installation script made it. */
  readonly liveBootInitrd: string
  /** dracut with the modules of Fedora's live images. */
  readonly dracutInitrd: string
  /** The root file system, of one program. */
  readonly squashfs: string
}

// wget of live-boot is busybox's; `procps`, `curl` and `iproute2` are what dracut's network and livenet modules need.
const packages = [
  ...['linux-image-cloud-amd64', 'live-boot', 'zstd'],
  ...['dracut-live', 'dracut-network', 'procps', 'curl', 'iproute2'],
].join(',')

// The kernel's file system for devices keeps both initrd makers from asking this computer's disks.
const kernelScript = `
packages=$1 suite=$2; shift 2
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \\
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \\
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \\
  --dpkgopt='path-exclude=/usr/share/locale/*' \\
  --customize-hook='chroot "$1" sh -c "dracut --quiet --no-hostonly --no-early-microcode --zstd --add \\"livenet dmsquash-live\\" --kver \\$(ls /lib/modules) /boot/dracut.img"' \\
  "$suite" root "$@"
mv root/boot/vmlinuz-* vmlinuz
mv root/boot/initrd.img-* live-boot.img
mv root/boot/dracut.img dracut.img
rm -r root
chmod 644 vmlinuz live-boot.img dracut.img`

// Power off only after the serial port has sent everything.
const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc 2>/dev/null
echo "${liveMarker} $(/bin/busybox cat /proc/cmdline)" >/dev/console
/bin/busybox sleep 1
/bin/busybox poweroff -f
`

const squashfsScript = `
mkdir -p tree/bin tree/dev tree/etc tree/home tree/mnt tree/proc tree/root tree/run tree/sbin tree/sys tree/tmp tree/usr tree/var
cp "$1" tree/bin/busybox
ln -s busybox tree/bin/sh
printf %s "$2" >tree/sbin/init
chmod 755 tree/bin/busybox tree/sbin/init
printf 'ID=lab\\nNAME="Boot lab"\\nPRETTY_NAME="Boot lab live"\\n' >tree/etc/os-release
mksquashfs tree filesystem.squashfs -quiet -no-progress -all-root -comp xz
rm -r tree`

/** Kernel, initrds and root file system of the live images. Needs root, for the package scripts' chroot. */
export async function liveParts(cacheFolder: string): Promise<LiveParts> {
  const [kernels, root] = [await kernelAndInitrds(cacheFolder), await rootFileSystem(cacheFolder)]
  return {
    kernel: join(kernels, 'vmlinuz'),
    liveBootInitrd: join(kernels, 'live-boot.img'),
    dracutInitrd: join(kernels, 'dracut.img'),
    squashfs: join(root, 'filesystem.squashfs'),
  }
}

async function kernelAndInitrds(cacheFolder: string): Promise<string> {
  const sources = await debianSources()
  const words = [packages, sources.suite, ...sources.lines]
  return made(cacheFolder, { name: 'live-kernel', script: kernelScript, words })
}

async function rootFileSystem(cacheFolder: string): Promise<string> {
  const debian = new DebianFiles('amd64')
  const tree = await debian.unpacked('busybox', async () => 'busybox-static', ['./bin/busybox'])
  const inputs = [join(tree, 'bin/busybox')]
  return made(cacheFolder, { name: 'live-root', script: squashfsScript, inputs, words: [init] })
}

/** The Debian mirrors that this computer's apt uses, without what else it may know. */
export async function debianSources(): Promise<{
  readonly suite: string
  readonly lines: readonly string[]
}> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT) $(SIGNED_BY)'
  const targets = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const found = [...new Set(targets.split('\n'))]
    .map((line) => line.split(' '))
    .filter(([uri = '', , component]) => /\/debian(-security)?\/$/.test(uri) && component === 'main')
  const suite = found.map(([, release = '']) => release).find((release) => /^[a-z]+$/.test(release))
  if (suite === undefined) throw new Error('apt has no source of Debian packages (indextargets)')
  const lines = found.map(([uri, release, , key = '']) => {
    // apt leaves the word as it is when the source has no key of its own.
    const signed = key === '' || key === '$(SIGNED_BY)' ? '' : `[signed-by=${key}] `
    return `deb ${signed}${uri} ${release} main`
  })
  return { suite, lines }
}
