import { resolve } from 'node:path'
import type { Config } from '../site-program.ts'
import type { OfferedSoftware } from './bring-software.ts'
import { RunningSoftware } from './running-software.ts'
import { wordsFor } from './software-follower.ts'
import { SoftwareVersions } from './software-versions.ts'

export type SoftwareQuestion = {
  readonly config: Pick<Config, 'data' | 'followSoftware'>
  /** Of what is installed. */
  readonly version: string
  /** Of the platform, as the last snapshot says. */
  readonly offered: OfferedSoftware | undefined
}

type Answer = { readonly isWell: boolean; readonly says: string; readonly todo?: string }

/** Whether this site runs the software of its platform, for people. */
export async function howSoftwareIs({ config, version, offered }: SoftwareQuestion): Promise<Answer> {
  if (config.followSoftware === 'no')
    return { isWell: true, says: `stays as it was installed, ${version}: --follow-software no` }
  const versions = new SoftwareVersions(resolve(config.data))
  const newest = versions.newest()
  const installed = new RunningSoftware(version)
  const digest = newest?.digest ?? (await installed.digest())
  const runs = newest === undefined ? `${installed.label}, as it was installed` : wordsFor(newest)
  if (offered === undefined) return { isWell: true, says: `${runs}; the platform has named none yet` }
  if (offered.digest === digest) return { isWell: true, says: `${runs}, that of the platform` }
  const says = `${runs}; the platform has ${wordsFor(offered)}`
  if (!versions.isBad(offered.digest)) return { isWell: true, says: `${says}, which is about to come` }
  const todo = `its log says why; "rm -r ${versions.folder}" and a restart try it again`
  return { isWell: false, says: `${says}, which did not start here`, todo }
}
