import {
  type InstallQuestion,
  openNames,
  type Preparation,
  type Readiness,
  type Variant,
} from '@bootcast/catalogue'

/** Whose values or templates only the platform has. */
export type AskingPlatform = {
  /** Images with templates or values of their own. */
  readonly images: ReadonlySet<string>
  /** Machines and labels with values of their own. */
  readonly machines: ReadonlySet<string>
}

/**
 * What a release needs beside its files, while the platform is away: parameters at their defaults. Templates and the
 * values that operators gave may hold secrets, and stay at the platform; what needs them waits for it.
 */
export class OfflinePreparation implements Preparation {
  readonly #asking: AskingPlatform

  constructor(asking: AskingPlatform) {
    this.#asking = asking
  }

  async readiness(questions: readonly InstallQuestion[]): Promise<readonly Readiness[]> {
    return questions.map((question) => this.#readinessOf(question))
  }

  async document(): Promise<string | undefined> {
    return undefined
  }

  #readinessOf({ machine, release, variant }: InstallQuestion): Readiness {
    const names = openNames(variant)
    const values = new Map(names.map((name) => [name, usualOf(variant, name)]))
    const isOwn =
      this.#asking.images.has(release.image) ||
      [machine.mac, ...machine.labels].some((name) => this.#asking.machines.has(name))
    const problems =
      names.length > 0 && isOwn
        ? [`its ${names.join(', ')} is at the platform, which this site cannot reach now.`]
        : []
    return { documents: {}, values, problems }
  }
}

const usualOf = ({ config }: Variant, wanted: string): string | undefined =>
  config.parameters.find(({ name }) => name === wanted)?.default
