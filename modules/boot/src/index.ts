export type { BootFile, BootPlan } from './boot-plan.ts'
export type { BootSource, ServedFile } from './boot-source.ts'
export type { Architecture, MachineFacts, MachineQuirks, ProxyDialect } from './machine.ts'
