import type { BootFacts, LoaderFacts } from '../boot-facts.ts'
import { bytesText, hasScript, partText, type Row, row } from './row.ts'

const loaderThat =
  (outcome: LoaderFacts['outcome'], by?: LoaderFacts['by']) =>
  ({ loader, loaderRuns }: BootFacts) =>
    loaderRuns !== true && loader?.outcome === outcome && (by ?? loader.by) === loader.by && loader

/** Neither the first script nor the machine's own was asked for. */
const isBefore = (facts: BootFacts): boolean => !hasScript(facts) && facts.hasFirstScript === undefined

/** What DHCP says decides what it loads next. */
const isLed = (facts: BootFacts): boolean =>
  isBefore(facts) && (facts.loaderRuns === true || facts.loader === undefined)

/** Another server that offered a boot file which is not ours, or a boot menu. */
const misleading = ({ others, offer }: BootFacts) =>
  others?.find(({ fileServer }) => fileServer === undefined || fileServer !== offer?.server)

/** Another server whose address was taken. */
const otherThatGave = ({ chosen, offer }: BootFacts) => chosen !== offer?.server && chosen

const whoIn = ({ loaderRuns, hasFirmware }: BootFacts): string =>
  loaderRuns !== true ? 'the firmware' : hasFirmware === true ? 'the loader' : 'iPXE in the network card'
const scriptIn = ({ offer }: BootFacts): string => (offer?.isScript === true ? ` at ${offer.file}` : '')

/** From the loader to its script. */
export const inLoader: readonly Row[] = [
  row({
    code: 'script-lost',
    when: (facts) => !hasScript(facts) && facts.hasFirstScript !== 'tftp' && facts.hasFirstScript,
    text: (by) =>
      by === 'grub'
        ? 'GRUB has its first configuration and never asked for the one of this machine'
        : 'the loader has its first script and never came back with it: it got no address',
    todo: 'Look at its screen; is the DHCP server still there?',
  }),
  row({
    code: 'other-boot-server',
    when: (facts) => isLed(facts) && misleading(facts),
    text: ({ server, file }, facts) =>
      `${whoIn(facts)} never asked for what we offered: another server, ${server}, ${file === undefined ? 'answers as a boot server too' : `offered ${file}`}`,
    todo: 'Take what that server says of booting out of its settings (next-server, filename, options 60, 66 and 67), or let one of the two answer only.',
  }),
  row({
    code: 'other-server',
    when: (facts) => isLed(facts) && facts.via === 'dhcp' && otherThatGave(facts),
    text: (chosen, facts) =>
      `${whoIn(facts)} never asked for ${facts.loaderRuns === true ? 'its script' : 'the loader'}: it took the address of another DHCP server, ${chosen}`,
    todo: 'Let one DHCP server answer on this network: start Bootcast with --dhcp proxy, or switch the other off.',
  }),
  row({
    code: 'script-not-asked',
    when: (facts) => isLed(facts) && facts.loaderIsReady === true && otherThatGave(facts),
    text: (chosen, facts) =>
      `${whoIn(facts)} took its address from ${chosen} and never asked for its script${scriptIn(facts)}: that server names a boot file too, or HTTP does not reach the platform from there`,
    todo: 'The screen says what it tried to load. Take the boot file out of that server’s settings; does a firewall let the machines to the HTTP port?',
  }),
  row({
    code: 'http-unreachable',
    when: (facts) =>
      !hasScript(facts) &&
      facts.loaderRuns === true &&
      (facts.loaderIsReady === true || facts.hasFirstScript) &&
      facts,
    text: (facts) =>
      `${whoIn(facts)} runs and never asked for its script${scriptIn(facts)}: HTTP does not reach the platform from there`,
    todo: 'Does a firewall let the machines to the HTTP port? Does --boot-url or --public-url name an address that they reach?',
  }),
  row({
    code: 'loader-without-address',
    when: (facts) => !hasScript(facts) && facts.loaderRuns === true,
    text: (_, facts) => `${whoIn(facts)} asked for an address and took none`,
    todo: 'Is there a DHCP server with free addresses? A switch port that is slow to forward (spanning tree) looks the same.',
  }),
  row({
    code: 'loader-silent',
    when: loaderThat('done'),
    text: ({ name }) => `the loader ${name} was sent, and nothing came from it`,
    todo: 'Secure Boot starts signed loaders only; or it is not for this firmware: “bootcast machine set MAC --loader NAME”.',
  }),
  row({
    code: 'loader-not-taken',
    when: loaderThat('measured'),
    text: ({ name, size }) =>
      `the firmware asked how large ${name} is (${bytesText(size)}) and did not load it`,
    todo: 'Give the machine a smaller loader: “bootcast machine set MAC --loader snponly.efi”.',
  }),
  row({
    code: 'tftp-unanswered',
    when: (facts) => {
      const loader = loaderThat('given-up', 'tftp')(facts)
      return loader !== false && loader.bytes === 0 && loader
    },
    text: ({ name, blockSize = 512 }) =>
      `the firmware asked for ${name} and took none of our TFTP packets (blocks of ${blockSize} bytes)`,
    todo: 'A firewall between: TFTP answers from another UDP port than 69. Or a link that does not carry packets of that size.',
  }),
  row({
    code: 'tftp-stopped',
    when: loaderThat('given-up'),
    text: (loader) =>
      `${loader.name} stopped after ${partText(loader)} at block size ${loader.blockSize ?? 512}: a firewall, or a small MTU on the way`,
    todo: 'Look for losses on the way; do all switches and tunnels carry full packets?',
  }),
  row({
    code: 'loader-cut-off',
    when: (facts) => loaderThat('broken-off')(facts) || loaderThat('running')(facts),
    text: (loader) =>
      `${loader.name} was not fetched to its end, ${partText(loader)}${loader.reason === undefined ? '' : `: ${loader.reason}`}`,
    todo: 'Look at the screen: memory, a switched-off machine, or the network.',
  }),
  row({
    code: 'unknown-file',
    when: (facts) => facts.loaderRuns !== true && facts.stranger,
    text: (path) => `the machine asked for ${path}, which is no loader of this platform`,
    todo: 'Another DHCP server names that file and us as its server: take it out of there, or “bootcast loaders import” it.',
  }),
]
