import type { BootState, Explanation, MachineState } from '@bootcast/contract'

export const machineTexts = {
  title: 'Machines',
  about: 'Every machine that asked to boot from the network, by itself. What it boots next is decided here.',
  none: 'No machine was heard yet',
  noneTodo:
    'Machines appear here by themselves as soon as one boots from the network. One that was never heard can be prepared by its hardware address.',
  noneFits: 'No machine fits',
  clear: 'Clear the filters',
  search: 'Search',
  searchIn: 'Address, product, serial number, label…',
  state: 'State',
  anyState: 'Any state',
  site: 'Site',
  anySite: 'Any site',
  label: 'Label',
  labelled: (label: string) => `Only machines with the label ${label}`,
  noLabelFilter: 'Machines with any label',
  machine: 'Machine',
  product: 'Product',
  serial: 'Serial number',
  hardware: 'Hardware',
  lastSeen: 'Last seen',
  boots: 'Boots next',
  sortBy: (column: string) => `Sort by ${column}`,
  shown: (count: number) => (count === 1 ? '1 machine' : `${count} machines`),
  shownMore: (count: number) => `the first ${count} machines`,
  prepare: 'Prepare a machine',
  prepareAbout:
    'For a machine that was not heard yet: then it can be given labels and an image before it comes.',
  mac: 'Hardware address (MAC)',
  macHint: 'As on its sticker: 52:54:00:12:34:56, also with hyphens or without',
  macWrong: 'A hardware address has twelve hexadecimal digits, such as 52:54:00:12:34:56',
  prepareDeed: 'Prepare it',
  once: 'next boot only',
  unheard: 'not heard yet',
  atSite: (site: string) => `at ${site}`,
} as const

export const machineStateTexts: Readonly<Record<MachineState, string>> = {
  assigned: 'Has an image of its own',
  once: 'Something for its next boot',
  installed: 'Something is on its disk',
  undecided: 'Nothing was decided',
  unheard: 'Not heard yet',
}

export const machineBootTexts: Readonly<Record<BootState, string>> = {
  booting: 'booting',
  waiting: 'waiting',
  started: 'started',
  done: 'done',
  failed: 'failed',
  abandoned: 'abandoned',
}

/** What a machine would do, before the words of the policy. */
export const doesTexts: Readonly<Record<Explanation['does'], string>> = {
  boot: 'It boots',
  'local-disk': 'It starts from its disk',
  menu: 'It shows the menu',
  'sign-in': 'It asks somebody to sign in',
  wait: 'It waits until somebody mends this',
  refuse: 'It gets nothing',
}

/** The questions of the policy, in plain words. */
export const ruleTexts: Readonly<Record<string, string>> = {
  choice: 'Did somebody pick an image at its screen?',
  'next boot': 'Is there something for its next boot only?',
  assignment: 'Does it have an image of its own?',
  opening: 'Is an image open to it that boots by itself?',
  'default image': 'Is there a default image for all machines?',
  menu: 'Nothing decided before: the menu',
  template: 'Can its installation be prepared?',
}
