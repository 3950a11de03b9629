export { checkCommandLine } from '@bootcast/netboot'
export {
  type BootEvent,
  type BootJournal,
  type Decision,
  type FileKind,
  type FileOfPlan,
  type HeardBy,
  noJournal,
} from './boot-journal.ts'
export type { BootFile, BootPlan, Places } from './boot-plan.ts'
export { bootScript } from './boot-script.ts'
export {
  type BootInterface,
  type BootServices,
  type BootServicesSettings,
  type BootStatus,
  createBootServices,
  type DhcpPoolSettings,
} from './boot-services.ts'
export type { BootSource, DiskReport, ServedFile } from './boot-source.ts'
export { type Firmware, type FirmwareName, firmwares, recogniseFirmware } from './firmware.ts'
export { createFileSender, type FileSender, type FileSenderOptions, type Sent } from './http/file-sender.ts'
export { type Served, type ServeFileOptions, serveFile } from './http/serve-file.ts'
export { createHttpBoot, type HttpBoot, type HttpBootSettings } from './http-boot.ts'
export type { BootProblem, BootServiceName, Listening } from './listen-problem.ts'
export { type Loader, LoaderShelf, largestLoaderBytes, NotALoader } from './loader-shelf.ts'
export { type BootLog, type LogLevel, tame } from './log.ts'
export type { Architecture, MachineFacts, MachineQuirks, ProxyDialect } from './machine.ts'
export { filledIn, placesIn, withValues } from './template.ts'
