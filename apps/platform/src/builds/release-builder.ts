import type { Generation, ReleaseBuilder } from '../uforge/release-builder.ts'
import { type Build, BuildRefused } from './build.ts'
import type { Builds } from './builds.ts'

const states: Readonly<Record<Build['state'], Generation['state']>> = {
  waiting: 'running',
  running: 'running',
  publishing: 'running',
  done: 'done',
  failed: 'failed',
  lost: 'failed',
  cancelled: 'cancelled',
}
/** Where the builder says nothing. */
const percentages: Readonly<Partial<Record<Build['state'], number>>> = { publishing: 95, done: 100 }

/** Builds behind the face that the UForge API has for whatever makes releases on demand. */
export function releaseBuilder(builds: Builds): ReleaseBuilder {
  return {
    start: async (image: string, by: string) => shown(await builds.start(image, by)),
    async find(id: string): Promise<Generation | undefined> {
      return await builds.find(id).then(shown, (error: unknown) => {
        if (error instanceof BuildRefused && error.code === 'build_not_found') return undefined
        throw error
      })
    },
    /** One that has ended is no error. */
    async cancel(id: string, by: string): Promise<void> {
      await builds.cancel(id, by).catch((error: unknown) => {
        if (!(error instanceof BuildRefused && error.code === 'build_ended')) throw error
      })
    },
  }
}

function shown({ id, image, askedAt, askedBy, state, percent, note, problem, release }: Build): Generation {
  return {
    ...{ id, image, startedAt: askedAt, startedBy: askedBy, state: states[state], release },
    percentage: percent ?? percentages[state] ?? 0,
    message: problem?.detail ?? note ?? state,
  }
}
