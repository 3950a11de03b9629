import type { BootEvent, FileOfPlan } from '@bootcast/boot'
import { type BootFacts, changed, kept, type Wanted } from './boot-facts.ts'

const mostOthers = 4
/** More files than any loader fetches; the rest of a longer list is not watched. */
const mostWanted = 32

type Kinds = { readonly [K in BootEvent['kind']]: Extract<BootEvent, { readonly kind: K }> }
type Fold = {
  readonly [K in BootEvent['kind']]: (facts: BootFacts, event: Kinds[K], at: number) => BootFacts
}

/** The facts after an event; the same ones when it says nothing new. */
export function withEvent(facts: BootFacts, event: BootEvent, at: number): BootFacts {
  const fold = folds[event.kind] as (facts: BootFacts, event: BootEvent, at: number) => BootFacts
  return fold(facts, event, at)
}

const same = (facts: BootFacts): BootFacts => facts

const folds: Fold = {
  discover: (facts, { via, isIpxe, firmware, architecture, uuid, address }) => {
    const known = { via: facts.via ?? via, uuid: uuid ?? facts.uuid, address: address ?? facts.address }
    // What iPXE says of its architecture is how it was built; on BIOS it says i386 whatever the processor is.
    if (isIpxe && via !== 'pxe') return changed(facts, { ...known, loaderRuns: true })
    const own = {
      firmware: firmware ?? facts.firmware,
      architecture: architecture ?? facts.architecture,
    }
    if (via === 'pxe') return changed(facts, { ...known, ...own, hasAsked4011: true })
    return changed(facts, { ...known, ...own, hasFirmware: true })
  },
  offer: (facts, { file, server, asksPort4011, via }) => {
    if (file === '') return facts
    const isScript = file.endsWith('.ipxe') && file.startsWith('http')
    // The answer on 4011 repeats the file; that it had to be asked for stays known.
    const asks = asksPort4011 || (via === 'pxe' && facts.offer?.asksPort4011 === true)
    const offer = kept(facts.offer, { file, server, asksPort4011: asks, isScript })
    return changed(facts, { ignored: undefined, offer })
  },
  ignored: (facts, { reason, detail }) =>
    changed(facts, { ignored: kept(facts.ignored, { reason, detail }) }),
  request: (facts, { server, wanted, isIpxe }) =>
    changed(facts, {
      chosen: server ?? facts.chosen,
      address: wanted ?? facts.address,
      loaderIsReady: isIpxe || facts.loaderIsReady,
    }),
  'other-offer': (facts, { server, file, fileServer, isBootServer = false }) => {
    const { others = [] } = facts
    const isKnown = others.some((other) => other.server === server && other.file === file)
    const isOfBooting = isBootServer || file !== undefined
    if (!isOfBooting || isKnown || others.length >= mostOthers) return facts
    return changed(facts, { others: [...others, { server, file, fileServer }] })
  },
  lease: (facts, { leased }) => changed(facts, { addressRefused: undefined, address: leased }),
  'address-refused': (facts, { why }) => changed(facts, { addressRefused: why }),
  system: (facts) => (facts.startedAt === undefined ? facts : changed(facts, { runs: true })),
  'tftp-begins': (facts, { path: name, route = 'loader', digest }) => {
    if (route === 'file') return begun(facts, { name, digest })
    if (route !== 'loader' || facts.loader?.outcome === 'done') return facts
    return changed(facts, { loader: { name, by: 'tftp', outcome: 'running', bytes: 0, size: 0 } })
  },
  tftp: (facts, event, at) => (byRoute[event.route ?? ''] ?? withTftp)(facts, event, at),
  'first-script': (facts, { by }) => changed(facts, { loaderRuns: true, hasFirstScript: by ?? 'http' }),
  asked: (facts, { address, from, uuid, firmware, architecture, product, loader: version }) => {
    const isKnown = facts.firmware?.startsWith(`${firmware}-`) === true
    const isTold = architecture !== undefined && architecture !== 'unknown'
    return changed(facts, {
      trouble: undefined,
      uuid: uuid ?? facts.uuid,
      product: product ?? facts.product,
      version: version ?? facts.version,
      address: address ?? from ?? facts.address,
      firmware: isKnown ? facts.firmware : (firmware ?? facts.firmware),
      architecture: isTold ? architecture : facts.architecture,
      loaderRuns: true,
      hasAsked: true,
    })
  },
  decided: (facts, { decision, because, release, phonesHome, user, files = [] }) => {
    return changed(facts, {
      refused: undefined,
      user: user ?? facts.user,
      decided: kept(facts.decided, { decision, because, release, phonesHome }),
      wanted: wantedAnew(facts.wanted, files),
    })
  },
  'code-shown': same,
  approved: (facts, { user }) => changed(facts, { user }),
  'signed-in': (facts, { user }) => changed(facts, { user }),
  'sign-in-failed': same,
  'file-begins': (facts, { what, name, digest, size = 0 }) => {
    if (what === 'loader')
      return changed(facts, { loader: { name, by: 'http', outcome: 'running', bytes: 0, size } })
    return begun(facts, { name, digest })
  },
  file: (facts, event, at) =>
    event.what === 'loader' ? withHttpLoader(facts, event) : withFile(facts, event, at),
  'refused-file': (facts, { name, why }) => changed(facts, { refused: kept(facts.refused, { name, why }) }),
  trouble: (facts, { where, reason }) => changed(facts, { trouble: kept(facts.trouble, { where, reason }) }),
  'disk-report': (facts, { state, done, total }) => changed(facts, { disk: { state, done, total } }),
  'phone-home': (facts, { state, text }) =>
    state === 'line' ? facts : changed(facts, { phone: { state, text } }),
}

/** Nothing of it was asked for yet; the same as before when that was so already. */
function wantedAnew(known: readonly Wanted[] | undefined, files: readonly FileOfPlan[]): readonly Wanted[] {
  const next = files.slice(0, mostWanted).map(
    ({ name, digest, size, isReadInParts }): Wanted => ({
      ...{ name, digest, size, isReadInParts },
      state: 'not-asked',
      bytes: 0,
    }),
  )
  const isSame =
    known?.length === next.length && next.every((file, at) => kept(known[at], file) === known[at])
  return isSame ? known : next
}

type TftpFold = (facts: BootFacts, event: Kinds['tftp'], at: number) => BootFacts

/** Where a TFTP route gives something else than a loader. */
const byRoute: Readonly<Record<string, TftpFold>> = {
  autoexec: firstScriptBy('tftp'),
  grub: firstScriptBy('grub'),
  file: (facts, { path: name, digest, outcome, bytes, size, reason: end }, at) => {
    if (outcome === 'measured' || outcome === 'refused') return facts
    const completed = outcome === 'done'
    return withFile(facts, { name, digest, status: 200, bytes, size, completed, end }, at)
  },
}

/** A first script by TFTP: the loader runs, so it came well. */
function firstScriptBy(by: 'tftp' | 'grub'): TftpFold {
  return (facts, { outcome }) => {
    const loader = facts.loader?.outcome === 'running' ? undefined : facts.loader
    if (outcome !== 'done') return changed(facts, { loader })
    return changed(facts, { loader, loaderRuns: true, hasFirstScript: by })
  }
}

function withTftp(facts: BootFacts, event: Kinds['tftp']): BootFacts {
  const { path: name, outcome, bytes, size, blockSize, reason } = event
  const { loader } = facts
  if (outcome === 'refused')
    return changed(facts, { stranger: name, loader: loader?.outcome === 'running' ? undefined : loader })
  // A loader that came once is there; what shim asks for afterwards takes nothing of that back.
  if (loader?.outcome === 'done' && outcome !== 'given-up')
    return changed(facts, { bytes: facts.bytes + bytes })
  return changed(facts, {
    bytes: facts.bytes + bytes,
    loader: { name, by: 'tftp', outcome, bytes, size, blockSize, reason },
  })
}

function withHttpLoader(facts: BootFacts, event: Kinds['file']): BootFacts {
  const { name, status, bytes, size = 0, completed, isMeasured, end: reason } = event
  if (status === 404) return changed(facts, { stranger: name })
  if (isMeasured === true && facts.loader !== undefined) return facts
  const outcome = isMeasured === true ? 'measured' : completed ? 'done' : 'broken-off'
  return changed(facts, {
    bytes: facts.bytes + bytes,
    loader: { name, by: 'http', outcome, bytes, size, reason },
  })
}

type SentFile = Pick<Kinds['file'], 'name' | 'status' | 'bytes' | 'completed'> & {
  readonly digest?: string | undefined
  readonly size?: number | undefined
  readonly end?: string | undefined
  readonly what?: Kinds['file']['what']
  readonly isMeasured?: boolean
}

function withFile(facts: BootFacts, event: SentFile, at: number): BootFacts {
  const { name, digest, status, bytes, completed, end, isMeasured } = event
  const counted = changed(facts, { bytes: facts.bytes + bytes })
  if (isMeasured === true || event.what === 'tree') return counted
  const next = withWanted(counted, { name, digest }, (file) => {
    const sum = file.bytes + bytes
    if (status === 404) return { state: 'missing' }
    if (isWhole(file, event, sum)) return { state: 'sent', bytes: sum }
    if (file.state === 'sent') return {}
    return completed ? { state: 'running', bytes: sum } : { state: 'cut-off', bytes: sum, end }
  })
  const { wanted = [], decided } = next
  const isReady = wanted.length > 0 && wanted.every(({ state }) => state === 'sent')
  if (!isReady || next.startedAt !== undefined || decided?.decision !== 'boot') return next
  return changed(next, { startedAt: at })
}

/** All of it at once, or all of it in parts; a CD: its first part. */
function isWhole(file: Wanted, { status, completed }: SentFile, sum: number): boolean {
  if (status === 302 || (status === 304 && completed)) return true
  if (file.isReadInParts === true) return sum > 0
  return (status === 200 && completed) || (completed && sum >= file.size)
}

function begun(facts: BootFacts, which: { readonly name: string; readonly digest: string | undefined }) {
  return withWanted(facts, which, (file) => (file.state === 'sent' ? {} : { state: 'running' }))
}

function withWanted(
  facts: BootFacts,
  which: { readonly name: string; readonly digest: string | undefined },
  change: (file: Wanted) => Partial<Wanted>,
): BootFacts {
  const { wanted = [] } = facts
  const isMeant = (file: Wanted) =>
    which.digest === undefined ? file.name === which.name : file.digest === which.digest
  if (!wanted.some(isMeant)) return facts
  return changed(facts, {
    wanted: wanted.map((file) => (isMeant(file) ? { ...file, ...change(file) } : file)),
  })
}
