import type { Fixed } from './column.ts'

/** Where images come from by themselves. */
export type SourceTables = {
  /** Where images come from by themselves. */
  sources: {
    id: Fixed<string>
    name: Fixed<string>
    kind: Fixed<string>
    url: Fixed<string>
    /** JSON: sources/source.ts. */
    settings: Fixed<string>
    /** The password, key or token, encrypted: installs/secret-box.ts. */
    sealed: Fixed<string | null>
    /** 1: users sign in by it. One at most. */
    sign_in: Fixed<number | null>
    created_at: Fixed<number>
    created_by: Fixed<string>
    /** When the last sync ended, and the last without a problem. */
    synced_at: number | null
    succeeded_at: number | null
    problem: string | null
    /** The process that syncs it, and until when that counts. */
    running_by: string | null
    running_until: number | null
  }
  /** What was seen at its last sync. */
  source_items: {
    source_id: Fixed<string>
    /** With another content there it is another. */
    key: Fixed<string>
    title: string
    image: string | null
    /** The release that it is; NULL: it could not be one, for the problem. */
    number: number | null
    problem: string | null
    at: number
  }
}
