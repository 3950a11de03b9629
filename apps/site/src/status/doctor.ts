import { statfs } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import { grantAdvice, ipv4SubnetsOf } from '@bootcast/options'
import {
  IdentityMissing,
  openSnapshot,
  SiteIdentity,
  SiteRevoked,
  type Snapshot,
  type UplinkClient,
  UpstreamAway,
} from '@bootcast/uplink'
import { identityFolder, uplinkOf } from '../identity.ts'
import type { Config } from '../site-program.ts'
import { howSoftwareIs } from '../software/how-software-is.ts'
import { FileSnapshotStore } from '../upstream/file-snapshot-store.ts'

/** One thing that was looked at. `todo`: what to do where it is not well. */
type Finding = {
  readonly what: string
  readonly isWell: boolean
  readonly says: string
  readonly todo?: string
}

type Patient = {
  readonly config: Config
  readonly version: string
  readonly identity: SiteIdentity | undefined
  /** Why there is none, when there should be one. */
  readonly broken: string | undefined
  /** What must be added to the clock here to have the platform's, milliseconds. */
  readonly clockOffset: number
  readonly snapshot: Snapshot | undefined
  readonly uplink: UplinkClient | undefined
}

type Check = (patient: Patient) => Promise<readonly Finding[]>

const worryingSkewMs = 5 * 60_000
const worryingFreeBytes = 2 * 2 ** 30
const answerMs = 10_000

/** In this order; each looks at one thing, and none changes anything. */
const checks: readonly Check[] = [
  joined,
  certificate,
  upstream,
  policy,
  software,
  machines,
  ports,
  disk,
  running,
]

export type Diagnosis = { readonly text: string; readonly isWell: boolean }

/** What works at this site and what does not, in words or as JSON. */
export async function doctor({
  config,
  version,
  format,
}: {
  readonly config: Config
  readonly version: string
  readonly format: 'text' | 'json'
}): Promise<Diagnosis> {
  const { identity, broken } = await identityOf(config)
  const uplink = identity && uplinkOf(identity)
  try {
    const kept = await keptBy(config, identity)
    const patient = { config, version, identity, broken, uplink, ...kept }
    const findings: Finding[] = []
    for (const check of checks) findings.push(...(await check(patient)))
    const isWell = findings.every((finding) => finding.isWell)
    const text =
      format === 'json' ? `${JSON.stringify({ isWell, findings }, undefined, 2)}\n` : textOf(findings)
    return { text, isWell }
  } finally {
    uplink?.close()
  }
}

const textOf = (findings: readonly Finding[]): string =>
  findings
    .map(({ what, isWell, says, todo }) => {
      const remedy = isWell || todo === undefined ? '' : `\n          To do: ${todo}`
      return `${isWell ? 'ok   ' : 'WRONG'}  ${what.padEnd(12)} ${says}${remedy}\n`
    })
    .join('')

async function identityOf({ data }: Config): Promise<Pick<Patient, 'identity' | 'broken'>> {
  try {
    return { identity: await SiteIdentity.open(identityFolder(data)), broken: undefined }
  } catch (error) {
    const broken = error instanceof IdentityMissing ? undefined : (error as Error).message
    return { identity: undefined, broken }
  }
}

async function keptBy(
  { data }: Config,
  identity: SiteIdentity | undefined,
): Promise<Pick<Patient, 'snapshot' | 'clockOffset'>> {
  try {
    const kept = await new FileSnapshotStore(`${resolve(data)}/snapshot`).load()
    if (kept === undefined || identity === undefined) return { snapshot: undefined, clockOffset: 0 }
    const { authorities, id } = identity
    const snapshot = openSnapshot(kept.bytes, kept.signature, authorities, { site: id })
    return { snapshot, clockOffset: kept.clockOffset }
  } catch {
    return { snapshot: undefined, clockOffset: 0 }
  }
}

async function joined({ identity, broken, config }: Patient): Promise<readonly Finding[]> {
  if (identity !== undefined)
    return [{ what: 'site', isWell: true, says: `this is ${identity.name}, of ${identity.url}` }]
  if (broken !== undefined) {
    const todo = 'let who runs the site read it; if it is damaged, join again: "bootcast site token NAME"'
    return [{ what: 'site', isWell: false, says: broken, todo }]
  }
  const says = `nobody has joined with ${resolve(config.data)}`
  return [{ what: 'site', isWell: false, says, todo: 'run the command that "bootcast site add NAME" prints' }]
}

async function certificate({ identity }: Patient): Promise<readonly Finding[]> {
  if (identity === undefined) return []
  const says = `counts until ${new Date(identity.expiresAt).toISOString()}`
  const todo = 'get a new token with "bootcast site token NAME" and join again with it'
  return [{ what: 'certificate', isWell: Date.now() < identity.expiresAt, says, todo }]
}

async function upstream({ uplink, identity }: Patient): Promise<readonly Finding[]> {
  if (uplink === undefined || identity === undefined) return []
  const began = performance.now()
  try {
    const signal = AbortSignal.timeout(answerMs)
    await uplink.snapshot({ signal })
    const ms = Math.round(performance.now() - began)
    const skew = uplink.clockSkewMs ?? 0
    const clock = `its clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew >= 0 ? 'ahead' : 'behind'}`
    return [
      { what: 'upstream', isWell: true, says: `${identity.url} answered in ${ms} ms` },
      {
        what: 'clock',
        isWell: Math.abs(skew) < worryingSkewMs,
        says: clock,
        todo: 'set the clock of this computer (timedatectl set-ntp true); certificates and openings go by it',
      },
    ]
  } catch (error) {
    return [{ what: 'upstream', isWell: false, says: wordsFor(error, identity.url), todo: todoFor(error) }]
  }
}

function wordsFor(error: unknown, url: string): string {
  if (error instanceof SiteRevoked) return 'this site was revoked'
  if (error instanceof UpstreamAway) return `${url} does not answer: ${error.message}`
  return (error as Error).message
}

const todoFor = (error: unknown): string =>
  error instanceof SiteRevoked
    ? 'ask who runs the platform; "bootcast site add NAME" makes it a site again'
    : 'look whether the platform runs, and whether a firewall lets its port 8443 through'

async function policy({ snapshot, identity, clockOffset }: Patient): Promise<readonly Finding[]> {
  if (identity === undefined) return []
  const todo = 'the site needs its upstream once'
  if (snapshot === undefined) return [{ what: 'policy', isWell: false, says: 'none is here yet', todo }]
  const { issuedAt, expiresAt, releases, machines, openings } = snapshot
  const counted = `${releases.length} releases, ${machines.length} machines, ${openings.length} openings`
  const says = `of ${new Date(issuedAt).toISOString()}, counts until ${new Date(expiresAt).toISOString()}: ${counted}`
  return [{ what: 'policy', isWell: Date.now() + clockOffset < expiresAt, says, todo }]
}

async function software({ config, version, snapshot }: Patient): Promise<readonly Finding[]> {
  return [{ what: 'software', ...(await howSoftwareIs({ config, version, offered: snapshot?.software })) }]
}

async function machines({ config }: Patient): Promise<readonly Finding[]> {
  const known = networkInterfaces()
  if (config.interface.length === 0)
    return [{ what: 'network', isWell: true, says: 'no interface is named: no DHCP; TFTP and HTTP on all' }]
  return config.interface.map((name) => {
    const subnets = ipv4SubnetsOf(known, name).map(({ text }) => text)
    const says = subnets.length > 0 ? `${name} has ${subnets.join(', ')}` : `${name} has no IPv4 address`
    return {
      what: 'network',
      isWell: subnets.length > 0,
      says,
      todo: `ip address add 10.77.0.1/24 dev ${name}`,
    }
  })
}

async function ports({ config }: Patient): Promise<readonly Finding[]> {
  const advice = await grantAdvice(config)
  if (advice.length === 0) return [{ what: 'ports', isWell: true, says: 'may be opened' }]
  return advice.map((says) => ({ what: 'ports', isWell: false, says }))
}

async function disk({ config }: Patient): Promise<readonly Finding[]> {
  const found = await statfs(resolve(config.data)).catch(() => undefined)
  if (found === undefined) return []
  const free = found.bavail * found.bsize
  const says = `${(free / 2 ** 30).toFixed(1)} GiB free for ${resolve(config.data)}`
  return [
    {
      what: 'disk',
      isWell: free > worryingFreeBytes,
      says,
      todo: 'make room, or take another disk: --data DIR',
    },
  ]
}

async function running({ config }: Patient): Promise<readonly Finding[]> {
  const { address, port } = config.statusListen
  const where = `http://${address.includes(':') ? `[${address}]` : address}:${port}/readyz`
  try {
    const answer = await fetch(where, { signal: AbortSignal.timeout(answerMs) })
    const says = (await answer.text()).trim().slice(0, 500)
    const told = answer.ok ? 'runs and is ready' : says
    return [{ what: 'program', isWell: answer.ok, says: told, todo: 'its log says more' }]
  } catch {
    const todo = 'start it: bootcast-site run, or systemctl start bootcast-site'
    return [{ what: 'program', isWell: false, says: `nothing answers at ${where}`, todo }]
  }
}
