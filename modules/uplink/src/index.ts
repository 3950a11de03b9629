export { Authority, type AuthorityOptions, fingerprintOf, NoNextAuthority } from './authority.ts'
export {
  type AuthorityState,
  type AuthorityStore,
  FileAuthorityStore,
  type RetiredAuthority,
} from './authority-store.ts'
export { CsrRefused, type KeyAndCertificate } from './certificates/make-certificate.ts'
export type { TlsCredentials } from './certificates/tls-credentials.ts'
export type { UpstreamState } from './client/circuit.ts'
export { SiteRevoked, UpstreamAway, UpstreamRefused } from './client/upstream-errors.ts'
export { AuthorityMismatch, type Joined, type Joining, join, TokenUnusable } from './join.ts'
export { formatJoinToken, hashOf, type JoinToken, newSecret, parseJoinToken } from './join-token.ts'
export { platformServerName, siteIdPattern, siteNamePattern, siteServerName } from './names.ts'
export { passOn } from './pass-on.ts'
export { problemOf, type UplinkProblem, type UplinkProblemCode, UplinkRefused } from './problems.ts'
export { type CallName, type CallReply, type CallRequest, type Calls, calls } from './protocol.ts'
export type { Place, SiteRelease } from './schemas/release.ts'
export {
  type SiteReport,
  type Snapshot,
  type SnapshotMachine,
  siteReportSchema,
  snapshotSchema,
} from './schemas/snapshot.ts'
export type { Peer, Visitor } from './server/peer.ts'
export type { ServedBlob, ServedBlobs } from './server/served-blobs.ts'
export {
  type Expected,
  etagOf,
  openSnapshot,
  type SealedSnapshot,
  SnapshotRefused,
  sealSnapshot,
} from './signed-snapshot.ts'
export {
  IdentityMissing,
  IdentityUnusable,
  type Issued,
  type KeptIdentity,
  SiteIdentity,
} from './site-identity.ts'
export { type PackedSoftware, packSoftware } from './software/pack-software.ts'
export { SoftwareIncomplete } from './software/software-files.ts'
export { mostSoftwareBytes, SoftwareRefused, unpackSoftware } from './software/unpack-software.ts'
export {
  type AskOptions,
  type ClientIdentity,
  UplinkClient,
  type UplinkClientSettings,
} from './uplink-client.ts'
export type { Context, PeerOf, UplinkHandlers } from './uplink-handlers.ts'
export {
  createUplinkServer,
  type UplinkLimits,
  UplinkServer,
  type UplinkServerSettings,
} from './uplink-server.ts'
