import type { Counted, Fixed } from './column.ts'

/** What clients of UForge know things by. */
export type UforgeTables = {
  /** What the API of UForge calls by a number; never used for anything else afterwards. */
  uforge_numbers: { id: Counted; of: Fixed<string> }
  uforge_api_keys: {
    id: Counted
    user_id: Fixed<string>
    name: Fixed<string>
    description: Fixed<string>
    public_key: Fixed<string>
    /** The secret key, encrypted: installs/secret-box.ts. */
    sealed: Fixed<string>
    created_at: Fixed<number>
  }
}
