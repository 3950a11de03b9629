import { join } from 'node:path'
import { DebianFiles, labCache } from '../../../../tools/deployer/debian-files.ts'
import { debianInstaller } from '../debian-installer.ts'
import { bootedMarker, type TinyLinux, tinyLinux } from '../tiny-linux.ts'
import { type LiveParts, liveMarker, liveParts } from './live-parts.ts'
import { made } from './made.ts'

/** What an image factory made, as it lies on the disk of whoever publishes it. */
export type MadeImage = { readonly path: string; readonly marker: RegExp }

const folder = join(labCache, 'inputs')
const parts = (): Promise<LiveParts> => liveParts(folder)
const live = new RegExp(`${liveMarker} (.*)\n`)

/** The layout of Debian's live images (live-build), made by xorriso. */
export async function debianLiveIso(): Promise<MadeImage> {
  const { kernel, liveBootInitrd, squashfs } = await parts()
  const script = `
mkdir -p tree/live tree/.disk
cp "$1" tree/live/vmlinuz; cp "$2" tree/live/initrd.img; cp "$3" tree/live/filesystem.squashfs
echo 'Debian GNU/Linux 12.0.0 "Lab" - made in the boot lab' >tree/.disk/info
xorriso -as mkisofs -quiet -R -J -V DEBIAN_LIVE_LAB -o debian-live.iso tree
rm -r tree`
  const place = await made(folder, {
    name: 'debian-live',
    script,
    inputs: [kernel, liveBootInitrd, squashfs],
  })
  return { path: join(place, 'debian-live.iso'), marker: live }
}

/** The layout of Fedora's live images. */
export async function dracutLiveIso(): Promise<MadeImage> {
  const { kernel, dracutInitrd, squashfs } = await parts()
  const script = `
mkdir -p tree/images/pxeboot tree/LiveOS
cp "$1" tree/images/pxeboot/vmlinuz; cp "$2" tree/images/pxeboot/initrd.img; cp "$3" tree/LiveOS/squashfs.img
xorriso -as mkisofs -quiet -R -J -V FEDORA_LIVE_LAB -o dracut-live.iso tree
rm -r tree`
  const place = await made(folder, { name: 'dracut-live', script, inputs: [kernel, dracutInitrd, squashfs] })
  return { path: join(place, 'dracut-live.iso'), marker: live }
}

/** The layout of osbuild's pxe-tar-xz. */
export async function osbuildTar(): Promise<MadeImage> {
  const { kernel, dracutInitrd, squashfs } = await parts()
  const script = `
mkdir tree
cp "$1" tree/vmlinuz; cp "$2" tree/initrd.img; cp "$3" tree/rootfs.img
tar -C tree -cJf image.tar.xz .
rm -r tree`
  const place = await made(folder, { name: 'osbuild', script, inputs: [kernel, dracutInitrd, squashfs] })
  return { path: join(place, 'image.tar.xz'), marker: live }
}

/** The folder of debian-installer's netboot packages, as it is put on a TFTP server. */
export async function installerFolder(): Promise<MadeImage> {
  const path = await installerTree('installer', '12 (lab)', await debianInstaller())
  return { path, marker: /Starting system log daemon|Select a language/ }
}

/** The same of any version. */
export async function installerTree(
  name: string,
  version: string,
  { kernel, initrd }: TinyLinux,
): Promise<string> {
  const script = `
mkdir -p netboot/debian-installer/amd64
cp "$1" netboot/debian-installer/amd64/linux; cp "$2" netboot/debian-installer/amd64/initrd.gz
echo 'Debian version: ${version}' >netboot/version.info`
  const place = await made(folder, { name, script, inputs: [kernel, initrd] })
  return join(place, 'netboot')
}

/** A unified kernel image with systemd's stub, put together by objcopy as UAPI.5 says. */
export async function unifiedKernelImage(): Promise<MadeImage> {
  const { kernel, initrd } = await tinyLinux('amd64')
  const debian = new DebianFiles('amd64')
  const stub = './usr/lib/systemd/boot/efi/linuxx64.efi.stub'
  const tree = await debian.unpacked('systemd-stub', async () => 'systemd-boot-efi', [stub])
  const script = `
printf 'ID=lab\\nPRETTY_NAME="Boot lab 1"\\n' >osrel
printf 'console=ttyS0 lab.image=uki' >cmdline
objcopy --add-section .osrel=osrel --change-section-vma .osrel=0x20000 \\
  --add-section .cmdline=cmdline --change-section-vma .cmdline=0x30000 \\
  --add-section .linux="$2" --change-section-vma .linux=0x2000000 \\
  --add-section .initrd="$3" --change-section-vma .initrd=0x5000000 \\
  "$1" lab.efi
rm osrel cmdline`
  const place = await made(folder, { name: 'uki', script, inputs: [join(tree, stub), kernel, initrd] })
  return { path: join(place, 'lab.efi'), marker: new RegExp(`${bootedMarker} (.*)\n`) }
}

/** A raw disk that UEFI starts: an EFI system partition with a unified kernel image, and an ext4 partition. */
export async function rawDisk(): Promise<MadeImage> {
  const uki = await unifiedKernelImage()
  const script = `
truncate -s 160M disk.raw
printf 'label: gpt\nsize=96M, type=U\nsize=32M, type=L\n' | sfdisk -q disk.raw
truncate -s 96M esp
mkfs.vfat esp >/dev/null
mmd -i esp ::/EFI ::/EFI/BOOT
mcopy -i esp "$1" ::/EFI/BOOT/BOOTX64.EFI
truncate -s 32M root
mkfs.ext4 -q root
dd if=esp of=disk.raw bs=1M seek=1 conv=notrunc status=none
dd if=root of=disk.raw bs=1M seek=97 conv=notrunc,sparse status=none
rm esp root`
  const place = await made(folder, { name: 'disk', script, inputs: [uki.path] })
  return { path: join(place, 'disk.raw'), marker: uki.marker }
}

/** The same as qcow2, compressed. */
export async function qcow2Disk(): Promise<MadeImage> {
  const { path, marker } = await rawDisk()
  const script = 'qemu-img convert -c -O qcow2 "$1" disk.qcow2'
  const place = await made(folder, { name: 'qcow2', script, inputs: [path] })
  return { path: join(place, 'disk.qcow2'), marker }
}
