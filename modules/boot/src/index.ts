export { checkCommandLine } from '@bootcast/netboot'
export { type AdmissionSettings, AdmittingBootSource } from './admission/admitting-boot-source.ts'
export {
  type BootEvent,
  type BootJournal,
  type Decision,
  type FileKind,
  type FileOfPlan,
  type HeardBy,
  noJournal,
} from './boot-journal.ts'
export type {
  BootDocument,
  BootFile,
  BootPlan,
  MenuChoice,
  MenuImage,
  MenuPlan,
  Places,
} from './boot-plan.ts'
export { bootScript, type ScriptOptions } from './boot-script.ts'
export {
  type BootInterface,
  type BootServices,
  type BootServicesSettings,
  type BootStatus,
  createBootServices,
  type DhcpPoolSettings,
} from './boot-services.ts'
export {
  type Asking,
  type AskingSite,
  type BootDecision,
  type BootPeople,
  type BootSource,
  type DiskReport,
  type KeyRefused,
  type Leave,
  type PhoneCall,
  type ServedFile,
  SignInRefused,
  type StartedBoot,
} from './boot-source.ts'
export { type DhcpTextSettings, NotForDhcpText, peopleOf } from './dhcp-texts/boot-rules.ts'
export { type DhcpServerName, type DhcpText, dhcpServerTexts, dhcpText } from './dhcp-texts/dhcp-text.ts'
export { type Firmware, type FirmwareName, firmwares, recogniseFirmware } from './firmware.ts'
export { createFileSender, type FileSender, type FileSenderOptions, type Sent } from './http/file-sender.ts'
export { type Served, type ServeFileOptions, serveFile } from './http/serve-file.ts'
export { announcesBody, cutOffUnlessComplete } from './http/unread-body.ts'
export { createHttpBoot, type HttpBoot, type HttpBootSettings } from './http-boot.ts'
export { type BootHandler, createHttpServer, type HttpServerOptions } from './http-server.ts'
export type { BootProblem, BootServiceName, Listening } from './listen-problem.ts'
export type { LoaderLack } from './loader-choice.ts'
export { type Loader, LoaderShelf, largestLoaderBytes, NotALoader } from './loader-shelf.ts'
export { loaderKinds } from './loaders.ts'
export { type BootLog, type LogLevel, tame } from './log.ts'
export {
  type Architecture,
  type CpuLevel,
  cpuLevels,
  type MachineFacts,
  type MachineQuirks,
  type ProxyDialect,
} from './machine.ts'
export {
  ipv4Number,
  meansMachine,
  narrowness,
  networkOf,
  type Opening,
  type OpeningCriteria,
  type OpeningFacts,
  whyClosed,
} from './policy/opening.ts'
export { type Considered, explain, type Fit, judge, type PolicyFacts, type Verdict } from './policy/policy.ts'
export { BootCodes, type CodeAnswer, type ShownCode } from './sessions/boot-codes.ts'
export type { BootSession, Pass } from './sessions/boot-session.ts'
export { type BootSessionStore, BootSessions } from './sessions/boot-sessions.ts'
export { type CodeSource, CodesAway } from './sessions/code-source.ts'
export { codeLifeMs, newCodeText, shownCodeText, typedCodeText } from './sessions/code-text.ts'
export { linuxNeighbours, type Neighbours, type SameMachine, sameMachine } from './sessions/same-machine.ts'
export { filledIn, placesIn, type ScriptUrls, withValues } from './template.ts'
export type { Arrival } from './web/arrival.ts'
export { filesOf } from './web/pass-of.ts'
