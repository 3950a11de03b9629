import type { Source, SourceItem } from './source.ts'

export type NewSource = Pick<
  Source,
  'name' | 'kind' | 'url' | 'settings' | 'signIn' | 'createdAt' | 'createdBy'
> & { readonly secret: string | undefined }

/** Sources and what was seen there. One suite for all implementations: `testing/source-store-contract.ts`. */
export interface SourceStore {
  /** @throws {SourceExists | SignInTaken | SourcesFull} */
  add(source: NewSource): Promise<Source>
  /** By name. @throws {SourceNotFound} */
  find(name: string): Promise<Source>
  /** All, by name: 100 at most. */
  list(): Promise<readonly Source[]>
  /** What it was added with; `undefined`: none, or it cannot be read with this key. */
  secretOf(id: string): Promise<string | undefined>
  /** Its items go with it. @throws {SourceNotFound} */
  remove(name: string): Promise<void>
  /** What was seen at the last syncs, by key. */
  items(id: string): Promise<readonly SourceItem[]>
  /** In place of the one with its key; nothing when the source is gone. */
  putItem(id: string, item: SourceItem): Promise<void>
  /** Forgets items whose key is not among these. */
  keepItems(id: string, keys: ReadonlySet<string>): Promise<void>
  /** How many of its items are releases, and how many cannot be. */
  counts(): Promise<ReadonlyMap<string, { readonly releases: number; readonly refused: number }>>
  /**
   * Whether the sync of a source is this one's until then: of several processes one has it. Who has it may take it
   * again, for longer.
   */
  takeSync(id: string, by: string, times: { readonly now: number; readonly until: number }): Promise<boolean>
  /** It is over, with or without a problem; `undefined`: it was broken off, and counts for nothing. */
  endSync(id: string, by: string, end: SyncEnd | undefined): Promise<void>
  /** Syncs of a process that is gone are nobody's. Only where no other process uses the database. */
  freeSyncs(): Promise<void>
}

export type SyncEnd = { readonly at: number; readonly problem: string | undefined }
