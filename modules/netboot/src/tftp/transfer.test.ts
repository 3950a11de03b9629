import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Step, Transfer } from './transfer.ts'

const oackOf = new Map([['windowsize', '…']])

/** A transfer of `blocks` blocks that has begun without options, or with an OACK that was acknowledged. */
function begun(blocks: number, windowSize: number): Transfer {
  const accepted = windowSize > 1 ? oackOf : new Map<string, string>()
  const transfer = new Transfer({
    size: blocks * 512 - 1,
    terms: { blockSize: 512, windowSize, accepted },
    now: 0,
  })
  transfer.begin(0)
  transfer.sent(0)
  if (windowSize > 1) acknowledged(transfer, 0, 0)
  return transfer
}

function acknowledged(transfer: Transfer, block: number, now: number): Step {
  const step = transfer.acknowledge(block, now)
  if (step.do.startsWith('send')) transfer.sent(now)
  return step
}

const send = (first: number, count: number): Step => ({ do: 'send-blocks', first, count })
const nothing: Step = { do: 'nothing' }

test('each acknowledgement brings the next block, and the last one ends it', () => {
  const transfer = begun(3, 1)
  assert.deepEqual(acknowledged(transfer, 1, 1), send(2, 1))
  assert.deepEqual(acknowledged(transfer, 2, 2), send(3, 1))
  assert.deepEqual(acknowledged(transfer, 3, 3), { do: 'finish' })
})

test('an acknowledgement that comes twice makes no second packet (sorcerer’s apprentice)', () => {
  const transfer = begun(9, 1)
  assert.deepEqual(acknowledged(transfer, 1, 1), send(2, 1))
  assert.deepEqual(acknowledged(transfer, 1, 2), nothing)
  assert.deepEqual(acknowledged(transfer, 0, 2), nothing)
  assert.deepEqual(acknowledged(transfer, 2, 3), send(3, 1))
  assert.equal(transfer.retransmissions, 0)
})

test('an acknowledgement of what was never sent changes nothing', () => {
  const transfer = begun(9, 4)
  assert.deepEqual(acknowledged(transfer, 5, 1), nothing)
  assert.deepEqual(acknowledged(transfer, 60_000, 1), nothing)
  assert.deepEqual(acknowledged(transfer, 4, 1), send(5, 4))
})

test('after a gap the window starts behind the last block that the client has', () => {
  const transfer = begun(20, 4)
  assert.deepEqual(acknowledged(transfer, 4, 1), send(5, 4))
  assert.deepEqual(acknowledged(transfer, 6, 2), send(7, 4))
  assert.equal(transfer.retransmissions, 2)
})

test('a lost first block of a window is asked for by the old acknowledgement, once', () => {
  const transfer = begun(20, 4)
  assert.deepEqual(acknowledged(transfer, 4, 1), send(5, 4))
  assert.deepEqual(acknowledged(transfer, 4, 2), send(5, 4))
  assert.deepEqual(acknowledged(transfer, 4, 2), nothing)
  assert.deepEqual(acknowledged(transfer, 8, 3), send(9, 4))
})

test('block numbers go on after 65535 with 0', () => {
  const transfer = begun(70_000, 64)
  let sentUpTo = 64
  while (sentUpTo < 70_000) {
    const step = acknowledged(transfer, sentUpTo & 0xffff, 1)
    assert.ok(step.do === 'send-blocks' && step.first === sentUpTo + 1)
    sentUpTo += step.count
  }
  assert.deepEqual(acknowledged(transfer, 70_000 & 0xffff, 1), { do: 'finish' })
})

test('a file that fills its last block is ended by an empty one', () => {
  const terms = { blockSize: 512, windowSize: 1, accepted: new Map() }
  const transfer = new Transfer({ size: 512, terms, now: 0 })
  assert.deepEqual(transfer.begin(0), send(1, 1))
  transfer.sent(0)
  assert.deepEqual(acknowledged(transfer, 1, 1), send(2, 1))
})

/** Milliseconds between what is sent again, until it gives up. */
function waits(transfer: Transfer, from: number): readonly number[] {
  const times: number[] = []
  for (let last = from; ; ) {
    const now = transfer.deadline
    times.push(now - last)
    last = now
    if (transfer.expire(now).do === 'give-up') return times
    transfer.sent(now)
  }
}

test('who never answers is asked again three times', () => {
  assert.deepEqual(waits(begun(3, 1), 0), [1000, 2000, 4000, 8000])
})

test('who falls silent is asked again eight times, from 200 ms on a fast link to 8 s', () => {
  const transfer = begun(3, 1)
  acknowledged(transfer, 1, 10)
  assert.deepEqual(waits(transfer, 10), [200, 400, 800, 1600, 3200, 6400, 8000, 8000, 8000])
})

test('a negotiated timeout is kept to, and silence ends after five minutes whatever it is', () => {
  const terms = {
    blockSize: 512,
    windowSize: 1,
    timeoutSeconds: 255,
    accepted: new Map([['timeout', '255']]),
  }
  const transfer = new Transfer({ size: 5000, terms, now: 0 })
  transfer.begin(0)
  transfer.sent(0)
  acknowledged(transfer, 0, 0)
  assert.deepEqual(waits(transfer, 0), [255_000, 255_000])
})

test('nothing expires while a file is being read', () => {
  const transfer = begun(9, 1)
  transfer.acknowledge(1, 5)
  assert.equal(transfer.deadline, Number.POSITIVE_INFINITY)
  assert.deepEqual(transfer.acknowledge(2, 6), nothing)
  transfer.sent(90)
  assert.ok(Number.isFinite(transfer.deadline))
})

/** What a network does with one packet: each number is when a copy arrives. */
type Fate = readonly number[]

const fates = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant([1]) },
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 1, max: 40 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant(1), fc.integer({ min: 1, max: 400 })) },
  ),
  { minLength: 8, maxLength: 200 },
)

/**
 * A client of RFC 7440 at the other end of a network that loses, doubles and delays: it acknowledges a full window,
 * and what it has when a block is missing; its own timer says the last acknowledgement again.
 */
class Meeting {
  readonly got: number[] = []
  packets = 0
  readonly #transfer: Transfer
  readonly #blocks: number
  readonly #window: number
  readonly #fates: readonly Fate[]
  #events: { readonly at: number; readonly run: () => void }[] = []
  #fate = 0
  #now = 0
  #inWindow = 0
  #clientHeard = 0
  #over = false

  constructor(blocks: number, window: number, fates: readonly Fate[]) {
    this.#blocks = blocks
    this.#window = window
    this.#fates = fates
    this.#transfer = new Transfer({
      size: blocks * 8 - 1,
      terms: { blockSize: 8, windowSize: window, accepted: oackOf },
      now: 0,
    })
  }

  /** Until the server has ended. @returns how */
  run(): 'finish' | 'give-up' {
    let end = this.#serve(this.#transfer.begin(0))
    while (end === undefined) {
      const next = this.#events.reduce((a, b) => (b.at < a.at ? b : a), {
        at: Math.min(this.#transfer.deadline, this.#clientDeadline),
        run: () => this.#expire(),
      })
      this.#events = this.#events.filter((event) => event !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      end = this.#ended
    }
    return end
  }

  #ended: 'finish' | 'give-up' | undefined

  get #clientDeadline(): number {
    return this.#over ? Number.POSITIVE_INFINITY : this.#clientHeard + 3000
  }

  #expire(): void {
    if (this.#now >= this.#clientDeadline) {
      this.#clientHeard = this.#now
      this.#acknowledge()
    } else this.#serve(this.#transfer.expire(this.#now))
  }

  #carry(run: () => void): void {
    this.packets++
    assert.ok(this.packets < 20_000, 'packets beget packets')
    // When the drawn fates are used up the network is good, so that an end can be demanded.
    const fate = this.#fates[this.#fate++] ?? [1]
    for (const delay of fate) this.#events.push({ at: this.#now + delay, run })
  }

  #serve(step: Step): 'finish' | 'give-up' | undefined {
    if (step.do === 'finish' || step.do === 'give-up') this.#ended = step.do
    if (step.do === 'send-oack') this.#carry(() => this.#hearOack())
    if (step.do === 'send-blocks') {
      assert.ok(step.count >= 1 && step.count <= this.#window && step.first + step.count - 1 <= this.#blocks)
      for (let i = 0; i < step.count; i++) this.#carry(() => this.#hearBlock(step.first + i))
    }
    if (step.do.startsWith('send')) this.#transfer.sent(this.#now)
    return this.#ended
  }

  #acknowledge(): void {
    const block = this.got.length & 0xffff
    this.#inWindow = 0
    this.#carry(() => {
      if (this.#ended === undefined) this.#serve(this.#transfer.acknowledge(block, this.#now))
    })
  }

  #hearOack(): void {
    if (this.got.length === 0) this.#acknowledge()
  }

  #hearBlock(block: number): void {
    this.#clientHeard = this.#now
    if (block !== this.got.length + 1) {
      this.#acknowledge()
      return
    }
    this.got.push(block)
    this.#over = block === this.#blocks
    if (this.#over || ++this.#inWindow === this.#window) this.#acknowledge()
  }
}

test('a network that loses, doubles and reorders delays a file, but never changes or multiplies it', () => {
  const windows = fc.constantFrom(1, 2, 4, 16, 64)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 150 }), windows, fates, (blocks, window, fates) => {
      const meeting = new Meeting(blocks, window, fates)
      const end = meeting.run()
      assert.deepEqual(
        meeting.got,
        Array.from({ length: meeting.got.length }, (_, i) => i + 1),
      )
      if (end === 'finish') assert.equal(meeting.got.length, blocks)
      // A fate costs at most a window and its acknowledgements; without trouble it is one ACK for each window.
      const quiet = blocks + Math.ceil(blocks / window) + 2
      assert.ok(meeting.packets <= quiet + fates.length * (2 * window + 20), `${meeting.packets} packets`)
    }),
    { numRuns: 300 },
  )
})

test('on a network that only doubles each packet, no block is sent more than twice', () => {
  const doubling: Fate[] = Array.from({ length: 5000 }, () => [1, 2])
  for (const window of [1, 4, 16]) {
    const meeting = new Meeting(100, window, doubling)
    assert.equal(meeting.run(), 'finish')
    assert.ok(meeting.packets < 600, `window ${window}: ${meeting.packets} packets`)
  }
})
