export type { Account, OwnSession, SignInProvider, UserGroup } from './account.ts'
export { type ApiDocument, type ApiOperation, readApiDocument } from './api-document.ts'
export type { AuditEntry } from './audit.ts'
export { type BootsFollowed, type FollowOptions, followBoots } from './boot-events.ts'
export { bootCodeSchema, type Explanation, type ShownCode } from './boot-screen.ts'
export {
  type Boot,
  type BootCause,
  type BootDetail,
  type BootNews,
  type BootState,
  bootNewsSchema,
  bootStateSchema,
  type TimelineEvent,
} from './boots.ts'
export type { BootsSummary } from './boots-summary.ts'
export {
  type Build,
  type Builder,
  type BuildLog,
  type BuildPlan,
  type BuildReport,
  builderNameSchema,
  buildIdSchema,
  buildParameterNameSchema,
  buildParametersSchema,
  buildParameterValueSchema,
} from './builds.ts'
export {
  ApiError,
  addressOf,
  type CallInput,
  type CallOutput,
  type Client,
  type ClientOptions,
  createClient,
  Unreachable,
} from './client.ts'
export {
  architectureSchema,
  channelNameSchema,
  digestSchema,
  fileNameSchema,
  imageNameSchema,
  imageReferenceSchema,
  macSchema,
  siteNameSchema,
  suggestedImageName,
} from './common.ts'
export { countText, durationText } from './count-text.ts'
export { type EventText, eventText, spanText } from './event-text.ts'
export {
  type BootTest,
  type BootTestRecord,
  type Channel,
  type Followers,
  type Garbage,
  type Image,
  type ImageDetail,
  mostScreenBytes,
  type Publish,
  publishSchema,
  type Release,
  type ReleaseDifference,
  type ReleaseFile,
  type Variant,
} from './images.ts'
export {
  builtInVariables,
  type NewTemplate,
  newTemplateSchema,
  type Template,
  type TemplateCheck,
  type TemplatePreview,
  type TemplateProblem,
  type TemplateSummary,
  type TemplateVariable,
  templateFormatSchema,
  type Value,
  type ValueScope,
  valueOwnerOf,
  variableNameSchema,
} from './installs.ts'
export {
  type Machine,
  type MachineChange,
  type MachineState,
  machineChangeSchema,
  machineStateSchema,
  proxyDialectSchema,
} from './machines.ts'
export {
  type BootNetwork,
  type DhcpServer,
  type DhcpServerHeard,
  type DhcpText,
  dhcpServerSchema,
  type Finding,
  type FirmwareLoader,
  type Network,
} from './network.ts'
export {
  labelSchema,
  type NewOpening,
  newOpeningSchema,
  type Opening,
  type OpeningCriteria,
  type OpeningPreview,
  openingCriteriaSchema,
  subnetSchema,
} from './openings.ts'
export {
  type ApiToken,
  type Grants,
  type GrantsChange,
  groupNameSchema,
  nameOfPerson,
  newApiTokenSchema,
  newPasswordSchema,
  roleSchema,
  type User,
  type UserChange,
  userNameSchema,
} from './people.ts'
export {
  aboutRoles,
  commonRole,
  covers,
  may,
  type Permission,
  permissionNames,
  permissions,
  type Role,
  roles,
  rolesWith,
} from './permissions.ts'
export type { Loader, Me, Settings, Status, Token } from './platform.ts'
export { type Problem, type ProblemCode, problemSchema, problems } from './problems.ts'
export {
  type PendingUpload,
  type Publication,
  type PublishInput,
  publishInputSchema,
  stages,
} from './publications.ts'
export { createResumableUploads, type ResumableUploads } from './resumable-uploads.ts'
export type { Route } from './route.ts'
export { type RouteName, type Routes, routes } from './routes.ts'
export {
  type NewSite,
  type Site,
  type SiteChange,
  type SiteJoin,
  type SiteSettings,
  siteChangeSchema,
  type WarmOrder,
} from './sites.ts'
export {
  type NewSource,
  newSourceSchema,
  type Source,
  type SourceDetail,
  sourceKinds,
  sourceNameSchema,
} from './sources.ts'
