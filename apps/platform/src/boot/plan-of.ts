import { type BootFile, type BootPlan, type Places, withValues } from '@bootcast/boot'
import type { Release, Variant } from '../catalogue/release.ts'

/** How a machine boots a variant of a release. */
export function planOf(release: Release, variant: Variant): BootPlan {
  const { config, files, tree } = variant
  const { architecture, boot } = config
  const title = `${release.image} ${release.number}`
  const byRole = new Map(files.map((file) => [file.role, file]))
  const file = (role: string): BootFile => {
    const found = byRole.get(role)
    if (found === undefined) throw new Error(`${title} has no file ${role}`)
    return { digest: found.digest, size: found.size, name: found.name }
  }
  const places: Places = {
    files: Object.fromEntries(files.map(({ role }) => [role, file(role)])),
    ...(tree !== undefined && { tree }),
  }
  switch (boot.method) {
    case 'linux': {
      const initrds = boot.initrds.map(({ file: role, path }) => ({ ...file(role), ...(path && { path }) }))
      const cmdline = withDefaults(boot.cmdline, config)
      return { method: 'linux', title, architecture, kernel: file(boot.kernel), initrds, cmdline, ...places }
    }
    case 'efi': {
      const words = withDefaults(boot.arguments, config)
      return { method: 'efi', title, architecture, program: file(boot.program), arguments: words, ...places }
    }
    case 'iso':
      return { method: 'iso', title, iso: file(boot.iso) }
    case 'wim': {
      const parts = Object.entries(boot.files).map(([as, role]) => ({ ...file(role), as }))
      return { method: 'wim', title, loader: boot.loader, files: parts }
    }
    case 'disk':
      return {
        method: 'wait',
        reason: `${title} is a disk image, and this platform has no deploy environment to write it.`,
        seconds: 60,
      }
  }
}

function withDefaults(text: string, { parameters }: Variant['config']): string {
  return withValues(text, new Map(parameters.map(({ name, default: value }) => [name, value])))
}
