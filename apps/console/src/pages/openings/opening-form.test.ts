import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTexts } from '../../texts/openings.ts'
import { type Demand, type OpeningForm, readDemands, readForm } from './opening-form.ts'

const { errors } = openTexts
const now = new Date('2026-11-26T12:00:00Z')
const demand = (kind: Demand['kind'], value: string, id = 1): Demand => ({ id, kind, value })
const form = (more: Partial<OpeningForm> = {}): OpeningForm => ({
  ...{ image: 'demo', demands: [demand('label', 'lab')], how: 'menu', lasts: '4h' },
  ...{ untilAt: '', fromAt: '', times: '' },
  ...more,
})
const opened = (more: Partial<OpeningForm>) => readForm(form(more), now).opening

test('a form becomes what the platform is asked for', () => {
  const whole = { image: 'demo', machines: { label: 'lab' }, boot: false, until: '2026-11-26T16:00:00.000Z' }
  assert.deepEqual(opened({}), whole)
  assert.deepEqual(opened({ how: 'boot', times: 3, lasts: 'closed' }), {
    ...{ image: 'demo', machines: { label: 'lab' }, boot: true, times: 3 },
  })
  assert.equal(opened({ fromAt: '2026-12-01T08:00:00Z', lasts: '1h' })?.until, '2026-12-01T09:00:00.000Z')
  assert.equal(opened({ lasts: 'at', untilAt: '2026-11-27T00:00:00Z' })?.until, '2026-11-27T00:00:00.000Z')
})

test('what is wrong is said where it is wrong', () => {
  const wrong = (more: Partial<OpeningForm>) => {
    const read = readForm(form(more), now)
    return 'errors' in read ? { ...read.errors, demands: [...read.errors.demands] } : 'nothing'
  }
  assert.deepEqual(wrong({}), 'nothing')
  assert.deepEqual(wrong({ image: '' }), { image: errors.image, demands: [] })
  assert.deepEqual(wrong({ lasts: 'at' }), { untilAt: errors.until, demands: [] })
  assert.deepEqual(wrong({ lasts: 'at', untilAt: '2026-11-26T11:00:00Z' }), {
    ...{ untilAt: errors.until, demands: [] },
  })
  assert.deepEqual(wrong({ lasts: 'at', untilAt: '2026-11-27T00:00:00Z', fromAt: '2026-11-28T00:00:00Z' }), {
    untilAt: errors.untilFrom,
    demands: [],
  })
  assert.deepEqual(wrong({ fromAt: 'soon' }), { fromAt: errors.from, demands: [] })
  for (const times of [0, -1, 1.5, 1_000_001, 'x'])
    assert.deepEqual(wrong({ times }), { times: errors.times, demands: [] })
  assert.deepEqual(wrong({ demands: [demand('mac', '52:54'), demand('label', '', 2)] }), {
    demands: [
      [1, errors.mac],
      [2, errors.empty],
    ],
  })
})

test('conditions come out as the platform writes them, and each once', () => {
  const read = (...demands: Demand[]) => readDemands(demands).criteria
  assert.deepEqual(read(demand('mac', ' 52-54-00-12-34-AB '), demand('subnet', '10.1.2.9/24', 2)), {
    ...{ mac: '52:54:00:12:34:ab', subnet: '10.1.2.0/24' },
  })
  assert.deepEqual(read(demand('everybody', '')), {})
  assert.equal(read(), undefined)
  assert.deepEqual(
    [...readDemands([demand('label', 'a'), demand('label', 'b', 2)]).errors],
    [[2, errors.twice]],
  )
  for (const [kind, value] of [
    ['subnet', '10.1.2.0'],
    ['subnet', '999.0.0.0/8'],
    ['uuid', 'x'],
    ['label', 'a b'],
    ['site', 'A'],
    ['product', 'a\nb'],
    ['serial', 'x'.repeat(129)],
  ] as const)
    assert.deepEqual([...readDemands([demand(kind, value)]).errors], [[1, errors[kind]]])
})
