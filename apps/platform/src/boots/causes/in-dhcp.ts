import type { BootFacts } from '../boot-facts.ts'
import { hasScript, type Row, row } from './row.ts'

/** Before a loader, or a ROM with iPXE, has asked us for anything but an address. */
const isInDhcp = (facts: BootFacts): boolean =>
  !hasScript(facts) && facts.loader === undefined && facts.hasFirstScript === undefined
const ignoredFor = (reason: string) => (facts: BootFacts) =>
  isInDhcp(facts) && facts.ignored?.reason === reason && facts.ignored

/** From the first DISCOVER to the loader. */
export const inDhcp: readonly Row[] = [
  row({
    code: 'no-loader',
    when: ignoredFor('no loader'),
    text: ({ detail = 'no loader for its firmware' }) => `there is ${detail}`,
    todo: '“bootcast loaders list” shows which there are, “bootcast loaders import” brings more.',
  }),
  row({
    code: 'not-served',
    when: ignoredFor('architecture not served'),
    text: ({ detail = '' }) => `its firmware is none that we serve: ${detail}`,
    todo: 'docs/recipes/add-a-firmware.md says how one is added.',
  }),
  row({
    code: 'no-free-address',
    when: ignoredFor('no free address in the range'),
    text: () => 'no address was free for it',
    todo: 'Make the range larger (--dhcp-range), or leases shorter (--dhcp-lease-seconds).',
  }),
  row({
    code: 'address-refused',
    when: (facts) => isInDhcp(facts) && facts.addressRefused,
    text: (why) => `the address that it asked for was refused: ${why}`,
    todo: 'It should ask anew by itself. Are there two DHCP servers that do not know of each other?',
  }),
  row({
    code: 'no-address',
    when: ({ offer, chosen, address }) =>
      offer !== undefined && chosen === undefined && address === undefined,
    text: (_, { via }) =>
      via === 'dhcp'
        ? 'the address that we offered was never taken'
        : 'it took no address: no DHCP server gave it one (we only add how to boot), or we do not hear of it',
    todo: 'Is there one DHCP server on this network, and do its answers reach the machine?',
  }),
  row({
    code: 'nothing-on-4011',
    when: ({ offer, hasAsked4011, chosen }) =>
      offer?.asksPort4011 === true && hasAsked4011 !== true && (chosen ?? 'a DHCP server'),
    text: (chosen) =>
      `the firmware never asked for the loader: it took an address from ${chosen}, and asked nothing on port 4011`,
    todo: 'Does a firewall let UDP 4011 through? Else “bootcast machine set MAC --proxy-dialect discovery-control”.',
  }),
  row({
    code: 'loader-not-asked',
    when: ({ offer }) => offer,
    text: ({ file }, { offer }) =>
      `the firmware was told to load ${file} and never asked for it: ${/^https?:/.test(offer?.file ?? '') ? 'HTTP' : 'TFTP (UDP 69)'} does not reach the platform from there`,
    todo: 'Does a firewall stand between? “bootcast status” says where Bootcast listens.',
  }),
  row({
    code: 'not-answered',
    when: ({ ignored }) => ignored,
    text: ({ reason, detail }) => `the machine got no answer: ${detail ?? reason}`,
    todo: '“bootcast status” counts what was not answered, and why.',
  }),
]
