import { partText, type Row, row, wantedThat } from './row.ts'

/** From the decision what to boot to the last file. */
export const inFiles: readonly Row[] = [
  row({
    code: 'refused',
    when: ({ decided }) => decided?.decision === 'refuse' && decided,
    text: ({ because }) => `the machine was refused: ${because}`,
    todo: '"bootcast explain --mac MAC" tells what counts for it.',
  }),
  row({
    code: 'file-refused',
    when: ({ refused }) => refused,
    text: ({ name, why }) => `${name} was not given to it: ${why}`,
    todo: 'Start the machine again: what it may fetch is decided anew for each boot.',
  }),
  row({
    code: 'platform-trouble',
    when: ({ trouble }) => trouble,
    text: ({ reason }) => `the platform could not answer: ${reason}`,
    todo: 'Look at the log of the platform. The machine asks again by itself.',
  }),
  row({
    code: 'file-missing',
    when: (facts) => wantedThat(facts, 'missing'),
    text: ({ name }) => `${name} is not here any more: its release was removed meanwhile`,
    todo: 'Start the machine again.',
  }),
  row({
    code: 'file-cut-off',
    when: (facts) => wantedThat(facts, 'cut-off'),
    text: (file) => `${file.name} was cut off after ${partText(file)}: ${endText(file.end)}`,
    todo: 'Look at its screen, and for losses on the way (switch port, cable, MTU).',
  }),
  row({
    code: 'file-unfinished',
    when: (facts) => wantedThat(facts, 'running'),
    text: (file) => `${file.name} was asked for and not fetched to its end (${partText(file)})`,
    todo: 'Was the machine switched off? Look at its screen.',
  }),
  row({
    code: 'next-file-not-asked',
    when: (facts) => wantedThat(facts, 'sent') && wantedThat(facts, 'not-asked'),
    text: ({ name }) => `the files before it were sent, and ${name} was never asked for`,
    todo: 'Look at its screen: is there memory enough for all files?',
  }),
  row({
    code: 'first-file-not-asked',
    when: ({ decided, wanted: [file] = [] }) => decided?.decision === 'boot' && file,
    text: ({ name }) => `the boot script was sent, and ${name} was never asked for`,
    todo: 'Look at its screen. Does --boot-url or --public-url name an address that machines reach?',
  }),
  row({
    code: 'switched-off',
    when: ({ decided }) => decided,
    text: () => 'the machine waited, and was switched off or went elsewhere',
    todo: 'Nothing: it asks again when it is started.',
  }),
]

const ends: Readonly<Record<string, string>> = {
  'client-gone': 'the machine closed the connection (out of memory, switched off, or the network broke)',
  'client-stalled': 'the machine took no more of it for a minute',
  'file-short': 'the file in the store is shorter than it should be',
  'source-failed': 'the rest of it did not come from the upstream',
  'file-unavailable': 'the store could not read it',
  failed: 'the platform could not read it',
  stopped: 'the platform was stopped',
}
const endText = (end = 'client-gone') => ends[end] ?? end
