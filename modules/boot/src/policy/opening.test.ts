import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meansMachine, type OpeningCriteria, type OpeningFacts } from './opening.ts'

const machine: OpeningFacts = {
  mac: '52:54:00:00:00:01',
  uuid: '4c4c4544-0000-1000-8000-000000000001',
  serial: 'S1',
  product: 'OptiPlex 7010',
  labels: ['lab', 'rack=4'],
  site: undefined,
  address: '10.1.2.3',
}

const cases: readonly (readonly [OpeningCriteria, boolean])[] = [
  [{}, true],
  [{ mac: machine.mac }, true],
  [{ mac: '52:54:00:00:00:02' }, false],
  [{ uuid: '4c4c4544-0000-1000-8000-000000000001' }, true],
  [{ serial: 'S2' }, false],
  [{ product: 'OptiPlex*' }, true],
  [{ product: '*' }, true],
  [{ product: 'OptiPlex' }, false],
  [{ product: 'OptiPlex 7010' }, true],
  [{ label: 'rack=4' }, true],
  [{ label: 'rack=5' }, false],
  [{ site: 'grenoble' }, false],
  [{ subnet: '10.1.2.0/24' }, true],
  [{ subnet: '10.1.3.0/24' }, false],
  [{ subnet: '10.1.2.3/32' }, true],
  [{ subnet: '0.0.0.0/0' }, true],
  [{ subnet: '10.1.2.0/33' }, false],
  [{ subnet: 'nonsense' }, false],
  [{ subnet: '10.1.2.0/24', label: 'lab' }, true],
  [{ subnet: '10.1.2.0/24', label: 'other' }, false],
]
for (const [criteria, means] of cases)
  test(`${JSON.stringify(criteria)} ${means ? 'means' : 'does not mean'} the machine`, () =>
    assert.equal(meansMachine({ criteria }, machine), means))

test('what a machine has not told fits nothing', () => {
  const silent: OpeningFacts = { mac: machine.mac, labels: [], site: undefined, address: undefined }
  for (const criteria of [{ uuid: 'x' }, { serial: '' }, { product: '*' }, { subnet: '0.0.0.0/0' }])
    assert.equal(meansMachine({ criteria }, silent), false, JSON.stringify(criteria))
  assert.equal(meansMachine({ criteria: { subnet: '0.0.0.0/0' } }, { ...machine, address: 'fd00::1' }), false)
})
