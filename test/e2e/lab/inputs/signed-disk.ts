import { join } from 'node:path'
import { labCache } from '../../../../tools/deployer/debian-files.ts'
import { signedPackages } from '../signed-packages.ts'
import type { TinyLinux } from '../tiny-linux.ts'
import { made } from './made.ts'

const script = `
dpkg-deb -x "$1" tree
dpkg-deb -x "$2" tree
truncate -s 62M esp
mkfs.vfat -F 32 esp >/dev/null
printf 'linux /vmlinuz console=ttyS0 lab.image=signed-disk\\ninitrd /initrd.img\\nboot\\n' >grub.cfg
mmd -i esp ::EFI ::EFI/debian
mcopy -i esp grub.cfg ::EFI/debian/grub.cfg
mcopy -i esp tree/usr/lib/shim/shimx64.efi.signed ::EFI/debian/shimx64.efi
mcopy -i esp tree/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed ::EFI/debian/grubx64.efi
mcopy -i esp "$3" ::vmlinuz
mcopy -i esp "$4" ::initrd.img
truncate -s 64M disk.raw
printf 'label: gpt\\nsize=62M, type=U\\n' | sfdisk -q disk.raw
dd if=esp of=disk.raw bs=1M seek=1 conv=notrunc status=none
rm -r tree esp
`

/** A raw disk as Debian's installer leaves it, for what starts it: shim, GRUB, a kernel, all of them signed. */
export async function signedDisk({ kernel, initrd }: TinyLinux): Promise<string> {
  const debs = [...(await signedPackages('amd64'))].sort().reverse()
  const inputs = [...debs, kernel, initrd]
  return join(await made(join(labCache, 'inputs'), { name: 'signed-disk', script, inputs }), 'disk.raw')
}
