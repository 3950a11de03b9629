import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Reaching, urlsForPeople } from '@bootcast/options'
import type { FastifyBaseLogger } from 'fastify'
import { problemResponse } from './api/problem-response.ts'
import { Builds } from './builds/builds.ts'
import { readBuilders, type Surroundings } from './builds/read-builders.ts'
import { SqlBuildStore } from './builds/sql-build-store.ts'
import { Workplace } from './builds/workplace.ts'
import type { Config } from './config.ts'
import { newId, newShortId } from './database/open.ts'
import type { Kept } from './kept.ts'
import type { Publications } from './publishing/publications.ts'

export type BuildsParts = {
  readonly config: Config
  readonly kept: Kept
  readonly publications: Publications
  /** The platform's own, of which a builder gets what it is allowed. */
  readonly environment: Surroundings
  readonly reaching: Reaching
  readonly log: FastifyBaseLogger
}

/** Builders and their runs, wired; those of before are ended. @throws {StartRefused} for a file that cannot be used */
export async function openBuilds(
  { config, kept, publications, environment, reaching, log }: BuildsParts,
  starting: AsyncDisposableStack,
): Promise<Builds> {
  const { builders: file } = config
  const onError = (err: unknown) =>
    log.error({ err }, 'what is to be known of builds could not be kept or cleaned away')
  const builds = await Builds.open({
    builders: file === undefined ? new Map() : await readBuilders(file, environment),
    store: new SqlBuildStore(kept.database),
    workplace: await Workplace.open(join(kept.data, 'builds'), newId, onError),
    publications,
    reportUrl: (id) => `${urlsForPeople(reaching)[0]}/api/v1/builds/${id}/report`,
    problemOf: (error, incident) => {
      const { code, detail } = problemResponse(error, incident).problem
      if (code === 'internal') log.error({ err: error, incident }, 'a build failed')
      return { code, detail }
    },
    newId: newShortId,
    now: Date.now,
    pause: sleep,
    onError,
  })
  starting.defer(() => builds.stop())
  return builds
}
