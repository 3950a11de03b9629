import type { IncomingMessage } from 'node:http'
import type { BootEvent, Decision, FileKind, FileOfPlan } from './boot-journal.ts'
import type { BootFile, BootPlan } from './boot-plan.ts'
import type { Asking, BootDecision } from './boot-source.ts'
import type { Served } from './http/serve-file.ts'
import type { MachineFacts } from './machine.ts'

/** Who asks what to boot: from where, and with which loader. */
export type Asker = { readonly from: string; readonly loader?: string }

export function askerOf({ headers }: Pick<IncomingMessage, 'headers'>, from: string): Asker {
  const version = /^iPXE\/(\S{1,64})/.exec(headers['user-agent'] ?? '')?.[1]
  return { from, ...(version !== undefined && { loader: `iPXE ${version}` }) }
}

/** A loader asks what to boot. */
export function noteOfAsking(machine: MachineFacts, asker: Asker): BootEvent {
  const { mac, address, uuid, firmware, architecture, product } = machine
  return {
    kind: 'asked',
    mac,
    ...(address !== undefined && { address }),
    ...(uuid !== undefined && { uuid }),
    ...(firmware !== undefined && { firmware }),
    ...(architecture !== undefined && { architecture }),
    ...(product !== undefined && { product }),
    ...asker,
  }
}

/** What it was told, and why. */
export function noteOfDecision(
  { machine: { mac }, user }: Asking,
  { plan, because, release }: BootDecision,
): BootEvent {
  return {
    kind: 'decided',
    mac,
    decision: decisions[plan.method],
    because,
    files: filesOf(plan),
    ...(release !== undefined && { release }),
    ...(user !== undefined && { user }),
    ...('phonesHome' in plan && { phonesHome: plan.phonesHome === true }),
  }
}

const decisions: { readonly [M in BootPlan['method']]: Decision } = {
  ...{ linux: 'boot', efi: 'boot', iso: 'boot', wim: 'boot' },
  ...{ 'local-disk': 'local-disk', wait: 'wait', menu: 'menu', refuse: 'refuse' },
}

/** What the loader itself fetches, in its order. */
function filesOf(plan: BootPlan): readonly FileOfPlan[] {
  switch (plan.method) {
    case 'linux':
      return [plan.kernel, ...plan.initrds].map(fileOf)
    case 'efi':
      return [fileOf(plan.program)]
    case 'iso':
      return [{ ...fileOf(plan.iso), isReadInParts: true }]
    case 'wim':
      return plan.files.map(fileOf)
    case 'local-disk':
    case 'wait':
    case 'menu':
    case 'refuse':
      return []
  }
}

const fileOf = ({ name, digest, size }: BootFile): FileOfPlan => ({ name, digest, size })

/** A file that a machine asks for by HTTP. */
export type AskedFile = {
  readonly what: FileKind
  readonly name: string
  readonly digest?: string
  readonly size?: number
}

/** From where it was asked for; the machine whose key was shown, and the boot. */
export type OfBoot = { readonly address: string; readonly mac?: string; readonly boot?: string }

type How = Omit<Served, 'end' | 'error'> & { readonly end?: string }

/** What is told of one file that a machine asks for. Made while the machine is there: who it was is known then. */
export type FileNotes = {
  /** Its bytes begin to be sent. A large file takes its time. */
  begins(): BootEvent
  sent(how: How): BootEvent
  /** Answered with this status and no bytes. */
  answered(status: number): BootEvent
}

let transfers = 0

export function fileNotes(method: string | undefined, asked: AskedFile, boot: OfBoot): FileNotes {
  transfers += 1
  const about = { ...boot, ...asked, transfer: `http:${transfers}` }
  const isMeasured = method === 'HEAD'
  const sent = ({ status, bytes, ms, completed, end }: How): BootEvent => ({
    kind: 'file',
    ...about,
    status,
    bytes,
    ms: Math.round(ms),
    completed,
    ...(isMeasured && { isMeasured }),
    ...(!completed && end !== undefined && { end }),
  })
  return {
    begins: () => ({ kind: 'file-begins', ...about }),
    sent,
    answered: (status) => sent({ status, bytes: 0, ms: 0, completed: true }),
  }
}
