import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refused } from '../../api/problem-response.ts'
import type { Generation, ReleaseBuilder } from '../release-builder.ts'
import { forge, imageDocument, said, told } from '../testing/forge-suite.ts'
import { textAt } from '../testing/strict-document.ts'

/** One build, which goes on as it is told. */
class OneBuild implements ReleaseBuilder {
  build: Generation | undefined
  readonly cancelled: string[] = []

  async start(image: string, by: string): Promise<Generation> {
    if (image !== 'demo') throw new Refused('not_found', `${image} has no build`)
    this.build = {
      ...{ id: 'b1', image, startedAt: 5, startedBy: by, state: 'running' },
      ...{ percentage: 0.5, message: 'begins', release: undefined },
    }
    return this.build
  }

  async find(id: string): Promise<Generation | undefined> {
    return id === this.build?.id ? this.build : undefined
  }

  async cancel(id: string, by: string): Promise<void> {
    this.cancelled.push(`${id} by ${by}`)
    this.goOn({ state: 'cancelled', message: 'cancelled' })
  }

  goOn(change: Partial<Generation>): void {
    if (this.build !== undefined) this.build = { ...this.build, ...change }
  }
}

/** A forge with a build, and somebody who starts it. */
async function building() {
  const builder = new OneBuild()
  const rig = await forge({ builder })
  const waited: number[] = []
  const steps: Partial<Generation>[] = []
  const sleep = async (ms: number) => {
    waited.push(ms)
    builder.goOn(steps.shift() ?? { state: 'failed', message: 'the test was over' })
  }
  const client = await rig.client('publisher', { sleep })
  const [appliance] = await client.appliances("?query=name=='demo'")
  const generate = () => client.call('POST', `${told(appliance, 'uri')}/images`, imageDocument)
  return { ...rig, builder, client, clientOf: rig.client, generate, steps, waited }
}

test('a generation begins the build of the image, is polled until it is done, and is the release then', async () => {
  await using rig = await building()
  const { client, steps } = rig
  const image = await rig.generate()
  assert.deepEqual(
    ['name', 'status/complete', 'status/percentage', 'compress'].map((path) => textAt(image, path)),
    ['demo', 'false', '0', 'false'],
  )
  steps.push({ percentage: 60, message: 'packs' }, { state: 'done', percentage: 100, release: 2 })
  const status = await client.ended(image)
  assert.deepEqual([textAt(status, 'complete'), textAt(status, 'percentage')], ['true', '100'])
  assert.deepEqual(rig.waited, [2_000, 2_000])
  const made = await client.get(told(image, 'uri'))
  assert.deepEqual([told(made, 'revision'), told(made, 'imageCreated')], ['2', 'true'])
  assert.deepEqual(await client.download(made), rig.bundle)
  assert.ok(rig.audit.includes('publisher startBuild demo'))
})

test('a generation that failed says why, and one that is cancelled is over', async () => {
  await using rig = await building()
  const { client, steps } = rig
  steps.push({ state: 'failed', message: 'no space left' })
  const status = await client.ended(await rig.generate())
  assert.deepEqual(
    ['complete', 'error', 'errorMessage'].map((path) => textAt(status, path)),
    ['false', 'true', 'no space left'],
  )
  const image = await rig.generate()
  await assert.rejects(client.remove(told(image, 'uri')), said(400, /cancel its generation/))
  await client.remove(`${told(image, 'uri')}/status`)
  assert.deepEqual(rig.builder.cancelled, ['b1 by publisher'])
  assert.equal(textAt(await client.ended(image), 'cancelled'), 'true')
})

test('an image without a build is told so, and only who publishes may build', async () => {
  await using rig = await building()
  const [, other] = await rig.client.appliances()
  await assert.rejects(
    rig.client.call('POST', `${told(other, 'uri')}/images`, imageDocument),
    said(404, /no build/),
  )
  const viewer = await rig.clientOf('viewer')
  const [appliance] = await viewer.appliances()
  await assert.rejects(
    viewer.call('POST', `${told(appliance, 'uri')}/images`, imageDocument),
    said(403, /builds\.run/),
  )
  assert.equal(rig.builder.build, undefined)
})
