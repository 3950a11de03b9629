import type { BootTest, Image, Release, ReleaseFile, Variant } from '@bootcast/contract'
import type { Output } from './output.ts'
import { localTime, sizeText } from './quantities.ts'
import type { Fact } from './text-table.ts'

/** A release with its files and digests. */
export function releaseText(output: Output, release: Release, channels: Image['channels'] = []): string {
  const here = channels.filter(({ number }) => number === release.number).map(({ name }) => name)
  const head = output.bold(
    `Release ${release.number} of ${release.image}${here.length === 0 ? '' : ` (${here.join(', ')})`}`,
  )
  const published: Fact = ['published', `${localTime(release.createdAt)} by ${release.createdBy}`]
  const [first, ...others] = release.variants
  const blocks = [
    [published, ...signedFacts(release), ...(first === undefined ? [] : variantFacts(first))],
    ...others.map(variantFacts),
  ]
  const tests = (release.tests ?? []).map(testFact)
  return [
    head,
    ...[...blocks, ...(tests.length === 0 ? [] : [tests])].map((facts) => output.facts(facts)),
  ].join('\n')
}

/** No word of it where no signature was verified. */
const signedFacts = ({ signedBy }: Release): readonly Fact[] =>
  signedBy === undefined
    ? []
    : [['bundle signed', `by ${signedBy.name}, verified when it was imported`, signedBy.key]]

const testFact = (test: BootTest): Fact => [`test ${test.firmware}`, testText(test)]

/** How a test went, on one line. */
export function testText({ passed, seconds, testedAt, hasScreen }: BootTest): string {
  const how = passed ? `booted in ${seconds} s` : 'DID NOT BOOT'
  return `${how}, ${localTime(testedAt)}, ${hasScreen ? 'with' : 'without'} a picture of the screen`
}

function variantFacts(variant: Variant): readonly Fact[] {
  const { recognised, cmdline, method, memory, files } = variant
  return [
    ['boots', `${kindText(variant)} by ${method}`],
    ...(recognised === undefined ? [] : [recognisedFact(recognised)]),
    ...(memory === undefined ? [] : [['memory', `${sizeText(memory)} at least`] as const]),
    ...(method === 'linux' || cmdline !== '' ? [['command line', cmdline || 'none'] as const] : []),
    ...files.map(fileFact),
  ]
}

const recognisedFact = ({ as, because }: NonNullable<Variant['recognised']>): Fact => [
  'recognised',
  `${as}, because ${because}`,
]

const fileFact = ({ role, name, size, digest }: ReleaseFile): Fact => [
  role,
  `${name}  ${sizeText(size)}`,
  digest,
]

/** `x86_64`, `x86_64 x86-64-v3 with uefi`. */
export function kindText({ architecture, cpuLevel, firmware }: Variant): string {
  return [architecture, cpuLevel, firmware && `with ${firmware}`].filter(Boolean).join(' ')
}
