import type { ColumnType } from 'kysely'

/** Written when the row is made, never changed afterwards. */
type Fixed<T> = ColumnType<T, T, never>

/*
 * One SQL for SQLite and PostgreSQL: ids are text (UUIDv7), times integer milliseconds since 1970,
 * sizes integers below 2^53, absent values NULL. Names are stored in the spelling the schemas demand.
 */
export type Tables = {
  users: { id: Fixed<string>; name: Fixed<string>; password_phc: string; created_at: Fixed<number> }
  tokens: {
    id: Fixed<string>
    user_id: Fixed<string>
    secret_sha256: Fixed<string>
    created_at: Fixed<number>
    expires_at: number
    last_used_at: number | null
  }
  images: {
    id: Fixed<string>
    name: Fixed<string>
    created_at: Fixed<number>
    /** Grows for ever, also over a removal: no two releases ever have the same name and number. */
    last_number: number
    removed_at: number | null
  }
  releases: {
    id: Fixed<string>
    image_id: Fixed<string>
    number: Fixed<number>
    architecture: Fixed<string>
    cmdline: Fixed<string>
    created_at: Fixed<number>
    created_by: Fixed<string>
  }
  release_files: {
    release_id: Fixed<string>
    /** 0 is the kernel, then the initrds in their order. */
    position: Fixed<number>
    name: Fixed<string>
    digest: Fixed<string>
    size: Fixed<number>
  }
  machines: {
    mac: Fixed<string>
    uuid: string | null
    serial: string | null
    manufacturer: string | null
    product: string | null
    firmware: string | null
    architecture: string | null
    address: string | null
    image_id: string | null
    proxy_dialect: string | null
    loader: string | null
    first_seen_at: number | null
    last_seen_at: number | null
    last_boot_at: number | null
  }
  settings: { name: Fixed<string>; value: string }
  leases: {
    address: Fixed<string>
    client: string
    mac: string
    hostname: string | null
    state: string
    expires_at: number
  }
}
