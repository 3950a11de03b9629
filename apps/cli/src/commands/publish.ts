import type { Release } from '@bootcast/contract'
import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import { checkedWish, publish, type Wish, withWayOn } from '../publish.ts'
import { type InputWish, isInput, isInRegistry, publishInput } from '../publish-input.ts'
import {
  addRegistryOptions,
  type RegistryAccess,
  type RegistrySettings,
  registryAccess,
} from '../registry-access.ts'
import { releaseText } from '../release-text.ts'
import type { World } from '../world.ts'
import { addCommand, appended, type Desk, runs } from './command.ts'

type Options = RegistrySettings & {
  readonly kernel?: string
  readonly initrd?: readonly string[]
  readonly file?: readonly string[]
  readonly cmdline?: string
  readonly name?: string
  readonly recipe?: string
  readonly channel: string
}

const addresses = `
Addresses are fetched by the platform, and from no inner network unless its operator allows that:
  https://…, http://…       a file
  s3://BUCKET/KEY           an object, with the platform's keys; of AWS, or of its --s3-endpoint
  oci://HOST/REPO:TAG       a bundle or a container image with a system in it; also @sha256:…`

export function addPublishCommand(program: Command, world: World): void {
  const command = addCommand(program, {
    usage: 'publish <what>',
    summary: 'Publish a CD image, an archive, a disk, a folder, an address; or a kernel with its initrds',
    examples: [
      'bootcast publish debian-live-12.iso',
      'bootcast publish debian-live-12.iso --cmdline "console=ttyS0"',
      'bootcast publish image.tar.xz --name web --channel testing',
      'bootcast publish oci:./layout --name talos',
      'bootcast publish https://images.example/edge.iso --name edge',
      'bootcast publish s3://images/builds/edge.iso',
      'bootcast publish oci://registry.example/team/demo:3 --user me --password-file token',
      'bootcast publish ./build --kernel vmlinuz --initrd initrd.img --file rootfs=root.squashfs \\',
      '                --cmdline "root=live:{{rootfs}} ip=dhcp"',
      'bootcast publish demo --kernel vmlinuz --initrd initrd.gz --cmdline "console=ttyS0"',
    ],
  })
    .option('-n, --name <image>', 'the image; without it the name of the input')
    .option(
      '-k, --kernel <file>',
      'the kernel: within the input, or of this computer when <what> is an image',
    )
    .option('-i, --initrd <file>', 'an initial RAM disk; again for more, loaded in this order', appended)
    .option(
      '-f, --file <role=path>',
      'a file of the input whose address {{role}} of the command line is',
      appended,
    )
    .option('-c, --cmdline <text>', 'the command line of the kernel; where a recipe has one: further words')
    .option('-r, --recipe <name>', 'how it boots, when several recipes fit or none is found')
    .option('--channel <name>', 'the channel that follows the release, or none', 'stable')
  runs<Options>(addRegistryOptions(command).addHelpText('after', addresses), world, run)
}

async function run(desk: Desk, [what = '']: readonly string[], options: Options): Promise<void> {
  const { world, output } = desk
  try {
    const registry = await registryFor(world, what, options)
    const release = (await isInput(what))
      ? await publishInput(world, await desk.connect(), { ...inputWish(what, options), registry })
      : await publishFiles(desk, what, options)
    output.result(release, () => releaseText(output, release))
    output.note(nextSteps(release))
  } catch (error) {
    throw withWayOn(error, world)
  }
}

const channelOf = ({ channel }: Options) => (channel === 'none' ? null : channel)

async function publishFiles(desk: Desk, image: string, options: Options): Promise<Release> {
  const { kernel, initrd: initrds = [], cmdline = '' } = options
  if (kernel === undefined)
    throw usageFailure(
      `There is no file ${image}.`,
      'Check the path; or, to publish a kernel under that name, add --kernel FILE.',
    )
  const wish: Wish = { image: options.name ?? image, kernel, initrds, cmdline, channel: channelOf(options) }
  const checked = await checkedWish(wish)
  return await publish(desk.world, await desk.connect(), checked)
}

function inputWish(what: string, options: Options): InputWish {
  const { kernel, initrd: initrds = [], file = [], cmdline = '', recipe, name: image } = options
  const channel = channelOf(options)
  const input = { what, image }
  if (kernel === undefined) {
    if (initrds.length + file.length > 0)
      throw usageFailure(
        '--initrd and --file say by hand how it boots.',
        'Name the kernel, too: --kernel PATH.',
      )
    const more = { ...(recipe !== undefined && { recipe }), ...(cmdline !== '' && { cmdline }) }
    return { ...input, request: { channel, ...more } }
  }
  const files = Object.fromEntries(file.map(roleAndPath))
  return { ...input, request: { channel, byHand: { kernel, initrds: [...initrds], files, cmdline } } }
}

async function registryFor(
  world: World,
  what: string,
  options: RegistrySettings,
): Promise<RegistryAccess | undefined> {
  const { plainHttp, user, passwordFile } = options
  if (plainHttp === undefined && user === undefined && passwordFile === undefined) return undefined
  if (isInRegistry(what)) return await registryAccess(world, options)
  throw usageFailure(
    '--plain-http, --user and --password-file are for a registry.',
    'Give its place as oci://registry.example/team/demo:tag.',
  )
}

function roleAndPath(text: string): [string, string] {
  const [, role, path] = /^([a-z][a-z0-9-]{0,31})=(.+)$/.exec(text) ?? []
  if (role === undefined || path === undefined)
    throw usageFailure(
      `“${text}” does not say which file has which role.`,
      'Give it as rootfs=live/root.squashfs.',
    )
  return [role, path]
}

function nextSteps({ image }: Release): string {
  return [
    '',
    'Next: let every machine boot it, or one:',
    `  bootcast image default ${image}`,
    `  bootcast machine assign MAC ${image}`,
  ].join('\n')
}
