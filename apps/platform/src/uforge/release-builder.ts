/** A release on its way: what UForge calls a generation. */
export type Generation = {
  readonly id: string
  /** The name of the image. */
  readonly image: string
  readonly startedAt: number
  readonly startedBy: string
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  /** 0 to 100; as good as it is known. */
  readonly percentage: number
  /** What happens, or why it failed. */
  readonly message: string
  /** The number of the release that came of it, when it is done. */
  readonly release: number | undefined
}

/** What makes releases on demand, as clients of UForge need it. */
export interface ReleaseBuilder {
  /** @throws an error with a code of the contract: no build for the image, one under way */
  start(image: string, by: string): Promise<Generation>
  /** `undefined`: no such build, or not any more. */
  find(id: string): Promise<Generation | undefined>
  /** One that has ended is no error. */
  cancel(id: string, by: string): Promise<void>
}
