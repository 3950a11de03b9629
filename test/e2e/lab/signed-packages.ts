import { existsSync, globSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type DebianArchitecture, labCache } from '../../../tools/deployer/debian-files.ts'

type Fetch = (order: {
  readonly scratch: string
  readonly deadline: number
  readonly packages: readonly string[]
  readonly architecture: DebianArchitecture
  readonly suites: readonly string[]
}) => { readonly debs: readonly string[] }

const { fetchPackages } = createRequire(import.meta.url)('../../../tools/get-loaders.cjs') as {
  readonly fetchPackages: Fetch
}

/** Debian's packages of shim and of GRUB, as an operator downloads them; once. */
export async function signedPackages(architecture: DebianArchitecture): Promise<readonly string[]> {
  const place = join(labCache, architecture, 'signed-packages')
  const found = () => globSync(join(place, '*.deb'))
  if (existsSync(place)) return found()
  const packages = ['shim-signed', `grub-efi-${architecture}-signed`]
  process.stderr.write(`Fetching ${packages.join(' and ')} (${architecture}, once) …\n`)
  await mkdir(join(labCache, architecture), { recursive: true })
  const scratch = await mkdtemp(join(labCache, architecture, 'fetch-'))
  try {
    const deadline = Date.now() + 300_000
    const { debs } = fetchPackages({ scratch, deadline, packages, architecture, suites: ['trixie', 'sid'] })
    const whole = join(scratch, 'whole')
    await mkdir(whole)
    for (const deb of debs) await rename(deb, join(whole, deb.split('/').at(-1) ?? ''))
    await rename(whole, place).catch((error: unknown) => {
      // Another case has fetched them meanwhile.
      if (!existsSync(place)) throw error
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return found()
}
