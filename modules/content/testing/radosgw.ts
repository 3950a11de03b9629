import { execFile, spawnSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

const run = promisify(execFile)

/** What it takes; the packages: ceph-mon, ceph-mgr, ceph-osd, radosgw. */
const programs = ['ceph-mon', 'ceph-mgr', 'ceph-osd', 'radosgw', 'radosgw-admin', 'monmaptool', 'ceph']

/** `undefined`: all is there. */
export function missingPrograms(): string | undefined {
  const missing = programs.filter((name) => spawnSync('which', [name]).status !== 0)
  return missing.length === 0 ? undefined : missing.join(', ')
}

export type Radosgw = {
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** A new one; its name. */
  readonly makeBucket: () => Promise<string>
  readonly putObject: (bucket: string, key: string, bytes: Buffer) => Promise<void>
  readonly removeObject: (bucket: string, key: string) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Ceph's object gateway with one monitor, one manager and one store in memory, on loopback: a real S3 server. */
export async function startRadosgw(): Promise<Radosgw> {
  const home = mkdtempSync(join(tmpdir(), 'bootcast-rgw-'))
  for (const name of ['mon', 'mgr', 'osd', 'rgw', 'run', 'log']) mkdirSync(join(home, name))
  const [v2, v1, port] = [await freePort(), await freePort(), await freePort()]
  const fsid = randomUUID()
  const config = join(home, 'ceph.conf')
  writeFileSync(config, configuration({ home, fsid, v2, v1, port }))
  const ceph = (program: string, ...args: string[]) =>
    run(program, [...args, '-c', config], { timeout: 60_000, env: { ...process.env, CEPH_CONF: config } })
  const stop = async () => {
    for (const name of ['client.rgw.a', 'osd.0', 'mgr.x', 'mon.a'])
      await endByPidFile(join(home, 'run', `${name}.pid`))
    rmSync(home, { recursive: true, force: true })
  }
  try {
    const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`
    await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, join(home, 'monmap')])
    await ceph('ceph-mon', '-i', 'a', '--mkfs', '--monmap', join(home, 'monmap'))
    await ceph('ceph-mon', '-i', 'a')
    await ceph('ceph-mgr', '-i', 'x')
    const uuid = randomUUID()
    await ceph('ceph', 'osd', 'new', uuid)
    await ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', uuid)
    await ceph('ceph-osd', '-i', '0')
    await until(async () => (await ceph('ceph', 'osd', 'stat')).stdout.includes('1 up'))
    await ceph('radosgw', '-n', 'client.rgw.a')
    const endpoint = `http://127.0.0.1:${port}`
    await until(async () => (await fetch(endpoint)).status > 0)
    const credentials = {
      accessKeyId: randomBytes(8).toString('hex'),
      secretAccessKey: randomBytes(16).toString('hex'),
    }
    const keys = [`--access-key=${credentials.accessKeyId}`, `--secret-key=${credentials.secretAccessKey}`]
    await ceph('radosgw-admin', 'user', 'create', '--uid=t', '--display-name=t', ...keys)
    const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
    const makeBucket = async () => {
      const Bucket = `bucket-${randomBytes(6).toString('hex')}`
      await client.send(new CreateBucketCommand({ Bucket }))
      return Bucket
    }
    const putObject = async (Bucket: string, Key: string, Body: Buffer) =>
      void (await client.send(new PutObjectCommand({ Bucket, Key, Body })))
    const removeObject = async (Bucket: string, Key: string) =>
      void (await client.send(new DeleteObjectCommand({ Bucket, Key })))
    return { endpoint, credentials, makeBucket, putObject, removeObject, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Places = {
  readonly home: string
  readonly fsid: string
  readonly v2: number
  readonly v1: number
  readonly port: number
}

function configuration({ home, fsid, v2, v1, port }: Places): string {
  return `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${v2}/0,v1:127.0.0.1:${v1}/0]
mon initial members = a
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
run dir = ${home}/run
admin socket = ${home}/run/$name.asok
log file = ${home}/log/$name.log
pid file = ${home}/run/$name.pid
mon data avail crit = 1
mon data avail warn = 2
ms bind ipv6 = false
setuser match path =
[mon.a]
mon data = ${home}/mon
host = localhost
[osd]
osd objectstore = memstore
memstore device bytes = 2147483648
osd data = ${home}/osd
osd memory target = 939524096
[mgr]
mgr data = ${home}/mgr
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw data = ${home}/rgw
rgw thread pool size = 16
rgw dns name = localhost
rgw enable usage log = false
ms mon client mode = crc
`
}

async function until(check: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 120; n++) {
    if (await check().catch(() => false)) return
    await sleep(500)
  }
  throw new Error('Ceph did not come up')
}

/** It has made itself a daemon: its own file says which process it is. */
async function endByPidFile(path: string): Promise<void> {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    process.kill(pid, 'SIGKILL')
    for (let n = 0; n < 100 && isAlive(pid); n++) await sleep(50)
  } catch {
    // never started, or gone
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
