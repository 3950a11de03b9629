import { globSync } from 'node:fs'
import { join } from 'node:path'
import { DebianFiles } from '../../../tools/deployer/debian-files.ts'
import type { TinyLinux } from './tiny-linux.ts'

const inside = 'usr/lib/debian-installer/images/*/amd64/text/debian-installer/amd64'

/** Kernel and initrd of the installer of the newest Debian release that this machine's apt knows. */
export async function debianInstaller(): Promise<TinyLinux> {
  const debian = new DebianFiles('amd64')
  const name = () => debian.named(/^debian-installer-\d+-netboot-amd64$/)
  const tree = await debian.unpacked('installer', name, [`./${inside}/linux`, `./${inside}/initrd.gz`])
  const [kernel = ''] = globSync(join(tree, inside, 'linux'))
  const [initrd = ''] = globSync(join(tree, inside, 'initrd.gz'))
  return { kernel, initrd }
}
