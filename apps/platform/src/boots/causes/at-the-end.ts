import type { BootFacts } from '../boot-facts.ts'
import { partText, type Row, row } from './row.ts'

/** After the system was started. */
export const atTheEnd: readonly Row[] = [
  row({
    code: 'system-failed',
    when: ({ phone }) => phone?.state === 'failed' && phone,
    text: ({ text }) => `the system says that it failed${text === undefined ? '' : `: ${text}`}`,
    todo: 'Look at the lines that it sent and at its own log; then start the machine again.',
  }),
  row({
    code: 'disk-failed',
    when: ({ disk }) => disk?.state === 'failed' && disk,
    text: ({ done, total }) =>
      `the disk could not be written, after ${partText({ bytes: done, size: total })}`,
    todo: 'The screen of the machine says why. A disk that is not empty is overwritten only with --overwrite-disk.',
  }),
  row({
    code: 'no-word-from-the-system',
    when: ({ startedAt, decided }) => startedAt !== undefined && decided?.phonesHome === true,
    text: (_, { runs, disk }) => `the system was started and never said how it ended${lastSign(runs, disk)}`,
    todo: 'Look at its screen. Does the system reach the platform by HTTP?',
  }),
  row({
    code: 'kernel-came-back',
    when: ({ cameBack }) => cameBack,
    text: (seconds) =>
      `the system was started, and ${seconds} s later its loader was there again: it did not start`,
    todo: 'Look at the screen: is the release for this processor and firmware? Secure Boot starts signed kernels only.',
  }),
]

function lastSign(runs: boolean | undefined, disk: BootFacts['disk']): string {
  if (disk !== undefined)
    return `; its disk was written to ${partText({ bytes: disk.done, size: disk.total })}`
  return runs === true ? '; it runs, since it asked for an address' : ''
}
