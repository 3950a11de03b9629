import type { BuildTables } from './build-tables.ts'
import type { Fixed } from './column.ts'
import type { SourceTables } from './source-tables.ts'
import type { UforgeTables } from './uforge-tables.ts'

/*
 * One SQL for SQLite and PostgreSQL: ids are text (UUIDv7), times integer milliseconds since 1970,
 * sizes integers below 2^53, absent values NULL. Names are stored in the spelling the schemas demand.
 */
export type Tables = OwnTables & SourceTables & BuildTables & UforgeTables

type OwnTables = {
  users: {
    id: Fixed<string>
    /** Unicode NFC. */
    name: Fixed<string>
    /** NULL: the password is known elsewhere. */
    password_phc: string | null
    created_at: Fixed<number>
    role: string
    /** `local`, or whoever knows the password: `oidc`, `ldap`. */
    source: Fixed<string>
    /** What the source calls the user. */
    subject: Fixed<string | null>
    disabled_at: number | null
  }
  /** A group is a name that users have. */
  memberships: { user_id: Fixed<string>; group_name: Fixed<string> }
  tokens: {
    id: Fixed<string>
    user_id: Fixed<string>
    secret_sha256: Fixed<string>
    created_at: Fixed<number>
    expires_at: number
    last_used_at: number | null
    /** `sign-in`, `browser`, `api`. */
    kind: Fixed<string>
    /** Of `api`: each of a user has another name; and the role beyond which it may do nothing. */
    name: Fixed<string | null>
    role: Fixed<string | null>
  }
  /** Who may boot an image: a user (id), a group (name) or everyone (empty). */
  grants: { image_id: Fixed<string>; kind: Fixed<string>; subject: Fixed<string> }
  /** What happened and what was refused, each kept by count. */
  audit: {
    /** Grows: the order of the log. */
    id: Fixed<string>
    at: Fixed<number>
    /** Empty: nobody known. */
    who: Fixed<string>
    action: Fixed<string>
    about: Fixed<string>
    address: Fixed<string>
    because: Fixed<string>
    /** 1: it was not let happen. */
    refused: Fixed<number>
  }
  images: {
    id: Fixed<string>
    name: Fixed<string>
    created_at: Fixed<number>
    /** Grows for ever, also over a removal: no two releases ever have the same name and number. */
    last_number: number
    removed_at: number | null
    keep: number | null
  }
  releases: {
    id: Fixed<string>
    image_id: Fixed<string>
    number: Fixed<number>
    created_at: Fixed<number>
    created_by: Fixed<string>
    /** The trusted key whose signature was verified when its bundle was imported: sha256, and its name here. */
    signer_key: Fixed<string | null>
    signer_name: Fixed<string | null>
  }
  release_variants: {
    release_id: Fixed<string>
    /** 0, 1, 2… in the order of the release. */
    variant: Fixed<number>
    /** netboot.json. */
    config: Fixed<string>
    tree: Fixed<string | null>
  }
  variant_files: {
    release_id: Fixed<string>
    variant: Fixed<number>
    position: Fixed<number>
    role: Fixed<string>
    name: Fixed<string>
    digest: Fixed<string>
    size: Fixed<number>
    blob: Fixed<string>
    /** Where in the blob it begins. */
    start: Fixed<number>
  }
  /** What the sweep must not take. */
  release_blobs: {
    release_id: Fixed<string>
    digest: Fixed<string>
    size: Fixed<number>
    /** Digest of its chunk map. */
    chunk_map: Fixed<string | null>
  }
  /** The last boot test of a release on each firmware. */
  release_tests: {
    release_id: Fixed<string>
    firmware: Fixed<string>
    /** 1: it booted. */
    passed: number
    seconds: number
    tested_at: number
    tested_by: string
    log: string
    /** PNG, 1 MiB at most; behind everything else, so that what is read without it does not go past it. */
    screen: Uint8Array | null
  }
  /** A channel points where its last move that was not undone says. */
  channel_moves: {
    image_id: Fixed<string>
    channel: Fixed<string>
    /** 1, 2, 3… within the channel. */
    step: Fixed<number>
    number: Fixed<number>
    moved_at: Fixed<number>
    moved_by: Fixed<string>
    undone_at: number | null
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
    /** A channel or a number; NULL: the usual channel. */
    follows: string | null
    deployed: string | null
    /** 1: the next deployment may overwrite a disk that is not empty. */
    overwrite_disk: number | null
    /** For one boot; before the image above. */
    once_image_id: string | null
    once_follows: string | null
    /** A JSON list of words. */
    labels: string | null
    /** The release whose installation on its disk is done. */
    installed: string | null
    cpu_level: string | null
    proxy_dialect: string | null
    loader: string | null
    first_seen_at: number | null
    last_seen_at: number | null
    last_boot_at: number | null
    /** The name of the site where it last asked; NULL: here. */
    site: string | null
  }
  openings: {
    id: Fixed<string>
    image_id: Fixed<string>
    /** A channel or a number; NULL: the usual channel. */
    follows: Fixed<string | null>
    /** JSON. */
    criteria: Fixed<string>
    /** 1: boots at once; 0: stands in the menu. */
    boots: Fixed<number>
    opens_at: Fixed<number>
    closes_at: Fixed<number | null>
    times: Fixed<number | null>
    used: number
    created_at: Fixed<number>
    created_by: Fixed<string>
    closed_at: number | null
    closed_by: string | null
  }
  templates: {
    image_id: Fixed<string>
    name: Fixed<string>
    format: string
    fetches: number
    /** 1: what reads it installs a system. */
    installs: number
    /** JSON lists. */
    variables: string
    files: string
    changed_at: number
    changed_by: string
  }
  install_values: {
    /** machine, label or image. */
    scope: Fixed<string>
    /** A hardware address, a label, the name of an image. */
    of: Fixed<string>
    name: Fixed<string>
    /** The same once more, so that they go together. */
    mac: Fixed<string | null>
    image_id: Fixed<string | null>
    /** Encrypted: installs/secret-box.ts. */
    sealed: string
    /** 1: shown to nobody. */
    secret: number
    set_at: number
    set_by: string
  }
  /** The last things that each machine said of its installation. */
  phone_calls: {
    id: Fixed<string>
    mac: Fixed<string>
    at: Fixed<number>
    release: Fixed<string>
    state: Fixed<string>
    text: Fixed<string>
  }
  /** Boots under way; without the keys themselves. */
  boot_keys: { secret_sha256: Fixed<string>; last_used_at: number; session: string }
  boots: {
    id: Fixed<string>
    mac: Fixed<string>
    last_at: number
    closed_at: number | null
    state: string
    image: string | null
    /** The name of its site; NULL: the platform itself answers the machine. */
    site: Fixed<string | null>
    /** 1: it has not come further than DHCP; forgotten earlier. */
    only_dhcp: number
    /** Sent to the machine, of all files. */
    bytes: number
    /** JSON: facts, cause, counts. */
    detail: string
  }
  boot_events: {
    boot_id: Fixed<string>
    n: Fixed<number>
    /** JSON. */
    line: string
  }
  sites: {
    id: Fixed<string>
    /** One site that is not revoked at most has a name. */
    name: Fixed<string>
    /** The id of the site that it asks instead of this platform. */
    via: Fixed<string | null>
    /** JSON: "all", or a list of names. */
    images: string
    /** JSON. */
    settings: string
    created_at: Fixed<number>
    created_by: Fixed<string>
    /** Of the token that lets it join, until that is used. */
    token_sha256: string | null
    token_expires_at: number | null
    joined_at: number | null
    certificate_serial: string | null
    revoked_at: number | null
    last_contact_at: number | null
    /** JSON: what it last told of itself. */
    report: string | null
  }
  site_warm_orders: {
    id: Fixed<string>
    site_id: Fixed<string>
    reference: Fixed<string>
    /** What the reference meant then: `demo@3`. */
    release: Fixed<string>
    ordered_at: Fixed<number>
    ordered_by: Fixed<string>
    /** 1: it shall not be fetched any more. */
    cancelled: number
  }
  /** When each user last signed in through a site. */
  site_sign_ins: { site_id: Fixed<string>; user_id: Fixed<string>; at: number }
  /** How far the events of sites (ids) are in the two tables above. */
  site_marks: { site: Fixed<string>; up_to: number }
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
