export { bootDisagreements } from './boot-disagreements.ts'
export { type BootConfig, type BootOptionKey, bootOptions } from './boot-options.ts'
export { closest } from './closest.ts'
export { type DataLock, lockData } from './data-lock.ts'
export { configurationReference, helpText } from './help.ts'
export { type Interfaces, ipv4SubnetsOf } from './interfaces.ts'
export { bootLogOf, type LogOptions, logLines, logStream, textLine } from './log-lines.ts'
export {
  baseUrlFor,
  bootInterfaces,
  bootPlaces,
  type DhcpMode,
  dhcpModeOf,
  dhcpReasons,
  grantAdvice,
  howToGrant,
  mayOpenPort,
  type Reaching,
  urlsForPeople,
} from './network.ts'
export { type ConfigOf, type KeyOf, nameOf, type Option, type OptionTable, variableOf } from './option.ts'
export type { Disagreement, Known, Naming, Program } from './program.ts'
export { type Asked, ConfigError, readConfig, type Surroundings } from './read-config.ts'
export { type Running, runUntilEnded } from './run-until-ended.ts'
export { StartRefused } from './start-refused.ts'
export { addressNumber, type Ipv4Subnet, isInside, subnetOf, subnetTextOf } from './subnet.ts'
export {
  type AddressRange,
  addressOrSubnet,
  type Endpoint,
  endpoint,
  endpointOrOff,
  filePath,
  httpsOriginUrl,
  interfaceName,
  ipv4,
  ipv4Range,
  line,
  oneOf,
  originUrl,
  plainOriginUrl,
  portOrOff,
  quoted,
  readAs,
  readWhole,
  size,
  wholeNumber,
} from './value-schemas.ts'
export { whyNotListening } from './why-not-listening.ts'
