/** Instruction sets that Bootcast knows; `unknown` until the machine has told. */
export type Architecture = 'x86_64' | 'i386' | 'arm64' | 'arm32' | 'riscv64' | 'loong64' | 'unknown'

/** Levels of the x86-64 psABI §3.1.1, in the order in which each can do all that those before it can. */
export const cpuLevels = ['x86-64-v1', 'x86-64-v2', 'x86-64-v3', 'x86-64-v4'] as const
export type CpuLevel = (typeof cpuLevels)[number]

/** What a machine said of itself, by DHCP or in the query of its boot script. All of it is hearsay. */
export type MachineFacts = {
  /** Lower case, colons: `52:54:00:12:34:56`. */
  readonly mac: string
  /** Lower case, RFC 9562 form. */
  readonly uuid?: string
  readonly serial?: string
  readonly manufacturer?: string
  readonly product?: string
  /** `bios`, `uefi` or the name of a row of the firmware table; see `firmware.ts`. */
  readonly firmware?: string
  readonly architecture?: Architecture
  /** What its x86-64 processor can do; absent: it has not told, or is another. */
  readonly cpuLevel?: CpuLevel
  /** IPv4 address in use, dotted. */
  readonly address?: string
}

/** How one machine wants to be answered when the usual way fails on its firmware. Set by the operator. */
export type MachineQuirks = {
  /** ProxyDHCP dialect; see `proxy-dhcp.ts`. Absent: what the firmware table says. */
  readonly proxyDialect?: ProxyDialect
  /** File name of the loader to hand out instead of the firmware's usual one. */
  readonly loader?: string
}

/**
 * How a ProxyDHCP offer tells the boot file.
 * `discovery-control`: option 43 = {6: 8} and the file in the offer (BIOS; Tinkerbell's way for UEFI).
 * `boot-server`: no option 43; the client asks port 4011 and the file stands in that answer (Pixiecore's way).
 */
export type ProxyDialect = 'discovery-control' | 'boot-server'
