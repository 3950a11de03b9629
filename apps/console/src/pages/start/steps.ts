import type { Boot, Image, Network, Settings } from '@bootcast/contract'

export type StepName = 'loaders' | 'image' | 'heard' | 'default' | 'boot'
export type Known = {
  readonly network: Network
  readonly images: readonly Image[]
  readonly settings: Settings
  /** The last ones, the newest first. */
  readonly boots: readonly Boot[]
}

export type Steps = Readonly<Record<StepName, boolean>>

/** What is done, by what is there. */
export function stepsOf({ network, images, settings, boots }: Known): Steps {
  const hasStarted = startedBoot(boots) !== undefined
  return {
    loaders: network.loaders.some(({ loader }) => loader !== undefined),
    // A machine that was here has reached the platform, by whatever way.
    heard: network.heard.messages > 0 || boots.length > 0,
    image: images.some(({ newest }) => newest !== undefined),
    default: settings.defaultImage !== null,
    boot: hasStarted,
  }
}

/** Steps that have to be done; the default is only a convenience. */
export const needed = ['loaders', 'heard', 'image', 'boot'] as const satisfies readonly StepName[]

/** The newest boot whose system started. */
export const startedBoot = (boots: readonly Boot[]): Boot | undefined =>
  boots.find(({ state, startedAt }) => startedAt !== undefined || state === 'started' || state === 'done')

/** People with usual machines that have no loader. */
export function withoutLoader({ loaders }: Pick<Network, 'loaders'>): readonly string[] {
  const usual = loaders.filter(({ isUsual }) => isUsual)
  const served = new Set(usual.filter(({ loader }) => loader !== undefined).map(({ people }) => people))
  return [...new Set(usual.map(({ people }) => people))].filter((people) => !served.has(people))
}

/** Names of the loaders that are given to anybody. */
export const loaderNames = ({ loaders }: Pick<Network, 'loaders'>): readonly string[] => [
  ...new Set(loaders.flatMap(({ loader }) => loader ?? [])),
]
