import { bundleTar, signatureFor } from '@bootcast/image'
import type { Command } from 'commander'
import { checkedBundle, openBundle, signedBy, unpackTree, writeWhole } from '../bundle-file.ts'
import type { Connection } from '../connection.ts'
import { Failure } from '../failure.ts'
import { Keys } from '../keys.ts'
import { meantRelease } from '../meant-release.ts'
import { Progress } from '../progress.ts'
import { localTime, sizeText } from '../quantities.ts'
import type { Fact } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

export function addBundleCommands(program: Command, world: World): void {
  const bundle = program
    .command('bundle')
    .description(
      'Releases as files (.pxe): take them along, sign them, check them. To publish one: bootcast publish',
    )
  const packCommand = addCommand(bundle, {
    usage: 'pack <release> <file>',
    summary: 'Write a release of the platform as one file',
    examples: ['bootcast bundle pack demo demo.pxe', 'bootcast bundle pack demo@3 demo-3.pxe --sign work'],
  }).option('--sign <key>', 'sign it with this key')
  runs<{ readonly sign?: string }>(packCommand, world, pack)

  const signCommand = addCommand(bundle, {
    usage: 'sign <file>',
    summary: 'Sign a bundle; the file is replaced',
    examples: ['bootcast bundle sign demo.pxe --key work'],
  }).requiredOption('--key <name>', 'the key; see bootcast key')
  runs<{ readonly key: string }>(signCommand, world, sign)

  const verifyCommand = addCommand(bundle, {
    usage: 'verify <file>',
    summary: 'Check every file of a bundle, and that a trusted key signed it',
    examples: ['bootcast bundle verify demo.pxe', 'bootcast bundle verify demo.pxe --unsigned'],
  }).option('--unsigned', 'the files only')
  runs<{ readonly unsigned?: true }>(verifyCommand, world, verify)

  const inspectCommand = addCommand(bundle, {
    usage: 'inspect <file>',
    summary: 'What is in a bundle, and who signed it',
    examples: ['bootcast bundle inspect demo.pxe', 'bootcast bundle inspect ./folder --json'],
  })
  runs(inspectCommand, world, inspect)

  const unpackCommand = addCommand(bundle, {
    usage: 'unpack <file> <folder>',
    summary: 'Write a bundle as a folder, an OCI image layout; its files are checked first',
    examples: ['bootcast bundle unpack demo.pxe ./demo'],
  })
  runs(unpackCommand, world, unpack)
}

async function pack(
  desk: Desk,
  [reference = '', file = '']: readonly string[],
  { sign: key }: { readonly sign?: string },
) {
  const { world, output } = desk
  if (key !== undefined) await new Keys(world.configDir).privateKey(key)
  const connection = await desk.connect()
  const { image, number } = await meantRelease(connection.client, reference)
  const response = await fetched(world, connection, `/api/v1/images/${image}/releases/${number}/bundle`)
  const total = Number(response.headers.get('content-length') ?? 0)
  const progress = new Progress(world, 'fetch', `${image}@${number}`, total)
  const size = await writeWhole(world, file, response.body, (bytes) => progress.at(bytes)).finally(() =>
    progress.clear(),
  )
  if (key !== undefined) await signFile(world, file, key)
  await using opened = await checkedBundle(world, file)
  const { index } = opened.bundle
  output.result({ image, number, file, size, index: index.digest, signed: key !== undefined }, () =>
    output.sentence(
      `${file} is ${image}@${number}, ${sizeText(size)}${key === undefined ? '' : `, signed with ${key}`}.`,
    ),
  )
}

async function fetched(world: World, { url, token }: Connection, path: string) {
  const response = await fetch(url + path, {
    headers: { authorization: `Bearer ${token}` },
    signal: world.signal,
    redirect: 'error',
  })
  const { body, headers } = response
  if (response.ok && body !== null) return { body, headers }
  throw new Failure('The platform gives no bundle of it.', {
    code: 'fetch_failed',
    why: `It answers with status ${response.status}.`,
  })
}

async function signFile(world: World, file: string, key: string): Promise<void> {
  const privateKey = await new Keys(world.configDir).privateKey(key)
  await using opened = await openBundle(file)
  await writeWhole(
    world,
    file,
    bundleTar({ tree: opened.tree, added: await signatureFor(opened.tree, privateKey) }),
  )
}

async function sign(
  { world, output }: Desk,
  [file = '']: readonly string[],
  { key }: { readonly key: string },
): Promise<void> {
  await signFile(world, file, key)
  output.result({ signed: file, key }, () => output.sentence(`Signed ${file} with ${key}.`))
}

async function verify(
  { world, output }: Desk,
  [file = '']: readonly string[],
  { unsigned }: { readonly unsigned?: true },
) {
  await using opened = await checkedBundle(world, file)
  const { release, index, envelopes } = opened.bundle
  const signer = signedBy(opened.bundle, await new Keys(world.configDir).trusted())
  if (signer === undefined && unsigned !== true)
    throw new Failure(
      `${file} is ${envelopes.length === 0 ? 'not signed' : 'signed by no key that you trust, or its signature is wrong'}.`,
      {
        code: 'bundle_not_trusted',
        todo: 'If you know whose key it is: bootcast key trust FILE. To check the files only: --unsigned.',
      },
    )
  const found = {
    image: release.image,
    number: release.number,
    index: index.digest,
    ...(signer && { key: signer.id }),
  }
  output.result(found, () =>
    output.sentence(
      `${file} is ${release.image}@${release.number}, complete and unchanged${signer === undefined ? '' : `, signed by ${signer.id.slice(0, 16)}…`}.`,
    ),
  )
}

async function inspect({ world, output }: Desk, [file = '']: readonly string[]): Promise<void> {
  await using opened = await openBundle(file)
  const { release, index, envelopes } = opened.bundle
  const signer = signedBy(opened.bundle, await new Keys(world.configDir).trusted())
  output.result(
    { ...release, index: index.digest, signatures: envelopes.length, ...(signer && { key: signer.id }) },
    () => {
      const signed = envelopes.length === 0 ? 'no' : (signer?.id ?? 'by no key that you trust')
      const facts: readonly Fact[] = [
        ['image', `${release.image}@${release.number}`],
        ['made', localTime(new Date(release.createdAt).toISOString())],
        ['signed', signed],
        ['index', '', index.digest],
      ]
      const blocks = release.variants.map(({ config, files }) =>
        output.facts([
          ['boots', `${config.architecture} by ${config.boot.method}`],
          ...(config.recognised === undefined ? [] : [['recognised', config.recognised.as] as const]),
          ...files.map(({ role, name, size, digest }): Fact => [role, `${name}  ${sizeText(size)}`, digest]),
        ]),
      )
      return [output.facts(facts), ...blocks].join('\n\n')
    },
  )
}

async function unpack({ world, output }: Desk, [file = '', folder = '']: readonly string[]): Promise<void> {
  await using opened = await checkedBundle(world, file)
  await unpackTree(world, opened.tree, folder)
  output.result({ unpacked: folder }, () => output.sentence(`Unpacked ${file} to ${folder}.`))
}
