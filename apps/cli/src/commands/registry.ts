import { openPull, parseRegistryReference, pushBundle, RegistryClient } from '@bootcast/image'
import type { Command } from 'commander'
import { checkedBundle, openBundle, writeWhole } from '../bundle-file.ts'
import { Failure } from '../failure.ts'
import { Progress } from '../progress.ts'
import { sizeText } from '../quantities.ts'
import { addRegistryOptions, type RegistrySettings, registryAccess } from '../registry-access.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

export function addRegistryCommands(program: Command, world: World): void {
  const place = 'oci://registry.example/team/demo:3'
  const pushCommand = addCommand(program, {
    usage: 'push <file> <place>',
    summary: 'Bring a bundle to an OCI registry, with its signatures',
    examples: [`bootcast push demo.pxe ${place}`],
  })
  runs<RegistrySettings>(addRegistryOptions(pushCommand), world, push)
  const pullCommand = addCommand(program, {
    usage: 'pull <place> <file>',
    summary: 'Fetch a bundle from an OCI registry; every digest is checked',
    examples: [`bootcast pull ${place} demo.pxe`, `bootcast publish ${place}    # the platform fetches it`],
  })
  runs<RegistrySettings>(addRegistryOptions(pullCommand), world, pull)
}

async function clientAt(world: World, place: string, settings: RegistrySettings): Promise<RegistryClient> {
  const reference = parseRegistryReference(place)
  const access = await registryAccess(world, settings)
  return new RegistryClient(reference, { ...access, signal: world.signal })
}

async function push(
  { world, output }: Desk,
  [file = '', place = '']: readonly string[],
  settings: RegistrySettings,
): Promise<void> {
  const client = await clientAt(world, place, settings)
  await using opened = await checkedBundle(world, file)
  const progress = new Progress(world, 'upload', client.reference.repository, 0)
  const digest = await pushBundle(opened.tree, client, (done) => progress.at(done)).finally(() =>
    progress.clear(),
  )
  output.result({ place, digest }, () => output.sentence(`${place} is ${digest}.`))
}

async function pull(
  { world, output }: Desk,
  [place = '', file = '']: readonly string[],
  settings: RegistrySettings,
): Promise<void> {
  const client = await clientAt(world, place, settings)
  const found = await openPull(client)
  if (found.kind === 'image')
    throw new Failure('What stands there is a container image, not a bundle of Bootcast.', {
      code: 'unreadable_input',
      todo: `If it holds a system that boots, the platform makes a release of it: bootcast publish ${place}`,
    })
  const progress = new Progress(world, 'fetch', client.reference.repository, found.size)
  const size = await writeWhole(world, file, found.bytes(), (bytes) => progress.at(bytes)).finally(() =>
    progress.clear(),
  )
  await using opened = await openBundle(file)
  const { release, index } = opened.bundle
  const { image, number } = release
  output.result({ image, number, file, size, index: index.digest }, () =>
    output.sentence(`${file} is ${image}@${number}, ${sizeText(size)}.`),
  )
}
