import type { Fixed } from './column.ts'

/** Who makes images on demand. */
export type BuildTables = {
  /** Which builder makes an image, which need not be there. */
  build_plans: {
    image: Fixed<string>
    builder: string
    /** JSON. */
    parameters: string
    channel: string | null
    changed_at: number
    changed_by: string
  }
  builds: {
    id: Fixed<string>
    image: Fixed<string>
    builder: Fixed<string>
    /** JSON. */
    parameters: Fixed<string>
    channel: Fixed<string | null>
    /** The platform that runs it. */
    owner: Fixed<string>
    asked_at: Fixed<number>
    asked_by: Fixed<string>
    began_at: number | null
    /** NULL: it is under way, and no other of the image is. */
    ended_at: number | null
    state: string
    percent: number | null
    note: string | null
    /** What a webhook calls it. */
    job: string | null
    release: number | null
    /** JSON: code and detail. */
    problem: string | null
    /** The end of what it wrote. */
    log: string
    log_length: number
  }
}
