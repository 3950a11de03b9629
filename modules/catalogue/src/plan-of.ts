import { type BootFile, type BootPlan, type Places, withValues } from '@bootcast/boot'
import type { Deployer } from './deployer.ts'
import type { Machine } from './machine.ts'
import type { Readiness } from './readiness.ts'
import type { Release, Variant } from './release.ts'

/** What counts beside the release. */
export type PlanOptions = {
  /** For disk images. */
  readonly deployer: Deployer | undefined
  readonly machine: Pick<Machine, 'mac' | 'deployed' | 'overwriteDisk'>
  readonly readiness: Pick<Readiness, 'documents' | 'values'>
}

/** How a machine boots a variant of a release. */
export function planOf(release: Release, variant: Variant, options: PlanOptions): BootPlan {
  const { config, files, tree } = variant
  const { architecture, boot } = config
  const { documents, values } = options.readiness
  const title = `${release.image} ${release.number}`
  const titled = { title, release: `${release.image}@${release.number}` }
  const byRole = new Map(files.map((file) => [file.role, file]))
  const file = (role: string): BootFile => {
    const found = byRole.get(role)
    if (found === undefined) throw new Error(`${title} has no file ${role}`)
    return { digest: found.digest, size: found.size, name: found.name }
  }
  const places: Places = {
    files: Object.fromEntries(files.map(({ role }) => [role, file(role)])),
    ...(tree !== undefined && { tree }),
    documents,
  }
  switch (boot.method) {
    case 'linux': {
      const initrds = boot.initrds.map(({ file: role, path }) => ({ ...file(role), ...(path && { path }) }))
      const cmdline = withValues(boot.cmdline, values)
      const kernel = file(boot.kernel)
      return { method: 'linux', ...titled, architecture, kernel, initrds, cmdline, ...places }
    }
    case 'efi': {
      const words = withValues(boot.arguments, values)
      const program = file(boot.program)
      return { method: 'efi', ...titled, architecture, program, arguments: words, ...places }
    }
    case 'iso':
      return { method: 'iso', ...titled, iso: file(boot.iso) }
    case 'wim': {
      const parts = Object.entries(boot.files).map(([as, role]) => ({ ...file(role), as }))
      return { method: 'wim', ...titled, loader: boot.loader, files: parts }
    }
    case 'disk':
      return diskPlan(release, { title, disk: file(boot.disk), map: file(boot.map) }, options)
  }
}

type DiskParts = { readonly title: string; readonly disk: BootFile; readonly map: BootFile }

/** The deploy environment, which writes the image; afterwards the disk itself. */
function diskPlan(
  { image, number }: Release,
  { title, disk, map }: DiskParts,
  { deployer, machine }: PlanOptions,
): BootPlan {
  const name = `${image}@${number}`
  if (machine.deployed === name) return { method: 'local-disk', reason: `${title} is on its disk` }
  if (deployer === undefined) {
    const reason = `${title} is a disk image; to write it this platform needs its deploy environment (npm run deployer).`
    return { method: 'wait', reason, seconds: 60 }
  }
  const words = [
    'console=ttyS0 console=tty0 quiet',
    'bootcast.disk={{disk}} bootcast.map={{map}} bootcast.target=auto bootcast.after=reboot',
    `bootcast.overwrite=${machine.overwriteDisk ? 'yes' : 'no'}`,
    'bootcast.report={{boot}}/report?',
  ]
  const { kernel, initrd } = deployer
  return {
    method: 'linux',
    title: `${title} onto its disk`,
    release: name,
    phonesHome: true,
    architecture: 'x86_64',
    kernel,
    initrds: [initrd],
    cmdline: words.join(' '),
    files: { disk, map },
  }
}
