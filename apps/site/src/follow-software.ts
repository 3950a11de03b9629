import type { BootLog } from '@bootcast/boot'
import { parseDigest } from '@bootcast/content'
import type { Snapshot } from '@bootcast/uplink'
import type { Boot } from './open-boot.ts'
import type { Cache } from './open-cache.ts'
import type { Config } from './site-program.ts'
import type { OfferedSoftware } from './software/bring-software.ts'
import { restartCode } from './software/launcher.ts'
import { RunningSoftware } from './software/running-software.ts'
import { SoftwareFollower } from './software/software-follower.ts'
import { SoftwareVersions } from './software/software-versions.ts'
import { isWithin } from './status/schedule.ts'

export type FollowParts = {
  readonly config: Config
  readonly data: string
  readonly version: string
  readonly cache: Cache
  readonly snapshot: () => Snapshot | undefined
  readonly boot: () => Boot
  /** What people see of it has changed. */
  readonly onChange: () => void
  readonly log: BootLog
}

/** Which software this site runs, and how it comes to run that of its platform. */
export function followSoftware(
  { config, data, version, cache, snapshot, boot, onChange, log }: FollowParts,
  starting: AsyncDisposableStack,
) {
  const versions = new SoftwareVersions(data)
  const running = new RunningSoftware(version)
  const { promise: ended, resolve: end } = Promise.withResolvers<number>()
  const follower = new SoftwareFollower({
    ...{ versions, running, log },
    bytesOf: (software, signal) => bytesOf(cache, software, signal),
    mayFetch: () => isWithin(snapshot()?.settings.schedule, new Date()),
    isQuiet: () => boot().source.load.running === 0,
    onBrought: () => end(restartCode),
    onLooked: onChange,
  })
  starting.defer(() => follower.stop())
  return {
    versions,
    /** Of the running one: `0.1.0+1a2b3c4d`. */
    get label() {
      return running.label
    },
    get problems(): readonly string[] {
      return follower.problem === undefined ? [] : [follower.problem]
    },
    follow: (software: OfferedSoftware | undefined) => {
      if (config.followSoftware === 'yes') follower.follow(software)
    },
    /** With the exit code that asks the launcher for the newest version. */
    ended,
  }
}

export type Software = ReturnType<typeof followSoftware>

async function* bytesOf(
  { far }: Cache,
  { digest: text, size }: OfferedSoftware,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const digest = parseDigest(text)
  if (digest === undefined) throw new Error(`${text} is no digest`)
  if (size > 0) yield* far.readRange(digest, { first: 0, last: size - 1 }, { signal })
}
