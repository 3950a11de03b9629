import { z } from 'zod'
import { architectureSchema, timeSchema } from './common.ts'

/** Something that is well or not in the network of the machines, in words. */
export const findingSchema = z.object({
  code: z.string().describe('Stable'),
  level: z.enum(['fine', 'note', 'wrong']),
  what: z.string().describe('What is so'),
  why: z.string().optional().describe('What follows from it for machines'),
  todo: z.string().optional().describe('What to do about it'),
})
export type Finding = z.infer<typeof findingSchema>

/** Another DHCP server, as its broadcasts were heard. What it says is not checked. */
export const dhcpServerHeardSchema = z.object({
  address: z.string(),
  firstAt: timeSchema,
  lastAt: timeSchema,
  times: z.int(),
  offered: z.string().optional().describe('The address that it gave last'),
  file: z.string().optional().describe('The boot file that it names'),
  fileServer: z.string().optional().describe('Where that file is'),
  isBootServer: z.boolean().describe('It answers as a server for PXE or HTTP Boot'),
  verdict: z
    .enum(['addresses-only', 'points-here', 'in-the-way'])
    .describe('`points-here`: it sends machines to this platform'),
})
export type DhcpServerHeard = z.infer<typeof dhcpServerHeardSchema>

export const bootNetworkSchema = z.object({
  interface: z.string().optional().describe('Absent: none is named, so no DHCP there'),
  address: z.string().describe('Of this platform there'),
  subnet: z.string().describe('`10.77.0.0/24`'),
  bootUrl: z.string().describe('Where machines there reach HTTP'),
  tftp: z.string().optional().describe('`10.77.0.1:69`; absent: off'),
})
export type BootNetwork = z.infer<typeof bootNetworkSchema>

export const firmwareLoaderSchema = z.object({
  firmware: z.string(),
  people: z.string().describe('Who has such machines'),
  platform: z.enum(['bios', 'uefi']),
  architecture: architectureSchema,
  transport: z.enum(['tftp', 'http']),
  isUsual: z.boolean().describe('Most networks have such machines'),
  loader: z.string().optional().describe('What they get; absent: there is none for them'),
})
export type FirmwareLoader = z.infer<typeof firmwareLoaderSchema>

export const networkSchema = z.object({
  dhcp: z.object({
    mode: z.enum(['off', 'proxy', 'server']),
    why: z.string().describe('Why it is so'),
  }),
  heard: z.object({
    since: timeSchema.describe('When the listening began'),
    messages: z.int().describe('Of clients, by DHCP'),
    bootMessages: z.int().describe('Those of machines that boot'),
    lastAt: timeSchema.optional(),
  }),
  servers: z.array(dhcpServerHeardSchema).describe('Other DHCP servers, the last one heard first'),
  networks: z.array(bootNetworkSchema),
  loaders: z.array(firmwareLoaderSchema),
  findings: z.array(findingSchema).describe('What is wrong comes first'),
})
export type Network = z.infer<typeof networkSchema>

export const dhcpServerSchema = z.enum(['dnsmasq', 'kea', 'isc-dhcpd', 'routeros', 'opnsense', 'windows'])
export type DhcpServer = z.infer<typeof dhcpServerSchema>

export const dhcpTextSchema = z.object({
  server: dhcpServerSchema,
  title: z.string(),
  place: z.string().describe('Where the text goes'),
  steps: z.array(z.string()).describe('How it comes into force'),
  text: z.string(),
  missing: z.array(z.string()).describe('Whose machines get nothing by it: there is no loader for them'),
})
export type DhcpText = z.infer<typeof dhcpTextSchema>
