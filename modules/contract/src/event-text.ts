import type { TimelineEvent } from './boots.ts'
import { countText, durationText } from './count-text.ts'

/** A line of a timeline in words: what it is, and what there is to say. */
export type EventText = {
  readonly label: string
  readonly text: string
  /** It went wrong. */
  readonly isBad?: boolean
}

type Kinds = { readonly [K in TimelineEvent['kind']]: Extract<TimelineEvent, { readonly kind: K }> }
type Words = { readonly [K in TimelineEvent['kind']]: (event: Kinds[K], sizeText: SizeText) => EventText }

/** Bytes in the units that its reader is used to: `8.2 MiB`, `8.6 MB`. */
type SizeText = (bytes: number) => string

/** An event as people are told of it, by the command and the console. What machines say in it is not made harmless. */
export function eventText(event: TimelineEvent, sizeText: SizeText): EventText {
  return (words[event.kind] as (event: TimelineEvent, sizeText: SizeText) => EventText)(event, sizeText)
}

const words: Words = {
  discover: ({ via, isIpxe, vendorClass, firmware = 'unknown firmware', architecture }) => {
    if (via === 'pxe') return { label: 'port 4011', text: 'asked for its boot file' }
    const who = isIpxe ? 'iPXE' : [firmware, architecture && `(${architecture})`].filter(Boolean).join(' ')
    return { label: 'DISCOVER', text: vendorClass === 'HTTPClient' ? `${who}, by HTTP Boot` : who }
  },
  offer: ({ server, file, offered, asksPort4011 }) => {
    const address = offered === undefined ? [] : [`address ${offered}`]
    const what = file === '' ? ['no boot file'] : [`${file} from ${server}`]
    const how = asksPort4011 ? ['to be asked for on port 4011'] : []
    return { label: 'offer', text: [...what, ...address, ...how].join(', ') }
  },
  ignored: ({ reason, detail }) => bad('ignored', detail === undefined ? reason : `${reason}: ${detail}`),
  request: ({ server, wanted }) => ({
    label: 'REQUEST',
    text: `took ${wanted ?? 'an address'}${server === undefined ? '' : ` from ${server}`}`,
  }),
  'other-offer': ({ server, offered, file, fileServer, isBootServer }) => {
    const address = offered === undefined ? [] : [`address ${offered}`]
    const boot = file === undefined ? [] : [`boot file ${file}${at(fileServer, server)}`]
    const menu = isBootServer === true && file === undefined ? ['to boot from it'] : []
    return {
      label: 'other DHCP',
      text: `${server} offers ${[...address, ...boot, ...menu].join(' and ') || 'nothing'}`,
    }
  },
  lease: ({ leased }) => ({ label: 'address', text: leased }),
  'address-refused': ({ why }) => bad('address', `refused: ${why}`),
  system: ({ vendorClass }) => ({
    label: 'system',
    text: `runs: it asked for an address${vendorClass === undefined ? '' : ` (${vendorClass})`}`,
  }),
  tftp: tftpText,
  'first-script': () => ({ label: 'loader', text: 'runs; has the first script' }),
  asked: ({ product, loader, address, from }) => {
    const nat = address !== undefined && from !== undefined && from !== address ? [`behind ${from}`] : []
    const facts = [product, loader && (/^\d/.test(loader) ? `iPXE ${loader}` : loader), ...nat].filter(
      Boolean,
    )
    return { label: 'script', text: ['asked what to boot', ...facts].join(', ') }
  },
  decided: ({ decision, because, release, files, user }) => ({
    label: 'decided',
    text: [
      decision === 'boot' ? `boot ${release ?? because}` : `${decision}: ${because}`,
      ...(decision === 'boot' && release !== undefined && because !== release.replace('@', ' ')
        ? [because]
        : []),
      ...(user === undefined ? [] : [`for ${user}`]),
      ...(files === undefined || files === 0 ? [] : [countText(files, 'file')]),
    ].join(', '),
    ...(decision === 'refuse' && { isBad: true }),
  }),
  'code-shown': () => ({ label: 'sign-in', text: 'a code is on the screen' }),
  approved: ({ user, by }) => ({
    label: 'sign-in',
    text: `approved for ${user}${by === user ? '' : ` by ${by}`}`,
  }),
  'signed-in': ({ user, how }) => ({ label: 'sign-in', text: `${user}, by ${how}` }),
  'sign-in-failed': ({ user, how, why }) =>
    bad('sign-in', `failed by ${how}${user === undefined ? '' : ` as ${user}`}: ${why}`),
  file: fileText,
  'refused-file': ({ name, why }) => bad('file', `${name} refused: ${why}`),
  trouble: ({ where, reason }) => bad('trouble', `the platform failed (${where}): ${reason}`),
  started: () => ({ label: 'STARTED', text: 'all files were sent; the system has the machine' }),
  'came-back': ({ seconds }) =>
    bad('loader', `is there again, ${seconds} s after the start: it did not start`),
  'disk-report': ({ state, done, total }, sizeText) => {
    const share = total > 0 ? ` (${Math.floor((100 * done) / total)} %)` : ''
    const text = `${state}, ${sizeText(done)} of ${sizeText(total)}${share}`
    return { label: 'disk', text, ...(state === 'failed' && { isBad: true }) }
  },
  'phone-home': ({ state, text }) => ({
    label: state === 'line' ? 'system' : state.toUpperCase(),
    text: text ?? `the system says: ${state}`,
    ...(state === 'failed' && { isBad: true }),
  }),
  restarted: () => ({ label: 'platform', text: 'was restarted; what happened meanwhile is not known' }),
}

const bad = (label: string, text: string): EventText => ({ label, text, isBad: true })
const at = (fileServer: string | undefined, server: string): string =>
  fileServer === undefined || fileServer === server ? '' : ` at ${fileServer}`

const outcomes: Readonly<Record<Kinds['tftp']['outcome'], string>> = {
  running: 'asked for',
  done: '',
  measured: 'asked how large it is',
  'broken-off': 'broken off by the machine',
  'given-up': 'given up',
  refused: 'not there',
}

function tftpText(event: Kinds['tftp'], sizeText: SizeText): EventText {
  const { path, outcome, bytes, size, ms, blockSize, windowSize, resent, reason } = event
  const isCut = outcome === 'broken-off' || outcome === 'given-up'
  const sent =
    outcome === 'done' ? [`${sizeText(bytes)} in ${spanText(ms)}`, rateText(sizeText, bytes, ms)] : []
  const cut = isCut ? [`${outcomes[outcome]} after ${sizeText(bytes)} of ${sizeText(size)}`] : []
  const other = outcome === 'done' || isCut ? [] : [outcomes[outcome]]
  const blocks =
    isCut || outcome === 'done' ? [`blocks of ${blockSize}${windowSize > 1 ? ` × ${windowSize}` : ''}`] : []
  const again = resent > 0 ? [`${countText(resent, 'packet')} sent again`] : []
  const why = isCut && reason !== undefined ? [reason] : []
  const text = [path, ...other, ...sent, ...cut, ...blocks, ...again, ...why].join(', ')
  return { label: 'TFTP', text, ...((isCut || outcome === 'refused') && { isBad: true }) }
}

const fileLabels = { loader: 'loader', file: 'file', tree: 'tree' } as const

function fileText(event: Kinds['file'], sizeText: SizeText): EventText {
  const { what, name, status, bytes, size, ms, completed, isRunning, isMeasured, end, times = 1 } = event
  const label = fileLabels[what]
  const many = what === 'tree' && times > 1 ? `${times} files, the last ${name}` : name
  if (status === 404) return { label, text: `${many} is not here`, ...(what !== 'tree' && { isBad: true }) }
  if (isMeasured === true) return { label, text: `${many}, asked how large it is` }
  if (status === 302) return { label, text: `${many}, sent to the store itself` }
  const sent = bytes > 0 ? [`${sizeText(bytes)} in ${spanText(ms)}`, rateText(sizeText, bytes, ms)] : []
  if (isRunning === true)
    return {
      label,
      text: [many, ...(size === undefined ? [] : [sizeText(size)]), ...sent, 'on its way'].join(', '),
    }
  const parts = what !== 'tree' && times > 1 ? [countText(times, 'request')] : []
  if (completed) return { label, text: [many, ...sent, ...parts].join(', ') }
  return bad(label, [many, ...sent, `cut off${end === undefined ? '' : ` (${end})`}`, ...parts].join(', '))
}

/** `0.30 s`, `12.3 s`, `2:05` */
export function spanText(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`
  return ms < 100_000 ? `${(ms / 1000).toFixed(1)} s` : durationText(ms / 1000)
}

function rateText(sizeText: SizeText, bytes: number, ms: number): string {
  return `${sizeText((bytes * 1000) / Math.max(1, ms))}/s`
}
