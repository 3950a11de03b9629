import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeIn, type GroupName, groups, words, writtenOf } from './site-settings.ts'

const settings = {
  ...{
    quotaBytes: 200e9,
    wanBytesPerSecond: 12_500_000,
    mostBoots: 40,
    lifeSeconds: 604_800,
    graceSeconds: 0,
  },
  schedule: { from: '22:00', to: '06:00' },
  pins: [],
}

test('what stands in the inputs is read as what is set', () => {
  for (const group of Object.keys(groups) as GroupName[]) {
    const { change, wrong } = changeIn(writtenOf(group, settings))
    assert.deepEqual(wrong, [])
    for (const [name, value] of Object.entries(change))
      assert.deepEqual(value, settings[name as keyof typeof settings] ?? null, name)
  }
})

test('an empty input takes a setting back; what cannot be read or is beyond its bounds is named', () => {
  assert.deepEqual(changeIn({ quotaBytes: ' ', schedule: '' }).change, { quotaBytes: null, schedule: null })
  const { wrong } = changeIn({
    ...{ quotaBytes: '1 kB', wanBytesPerSecond: '50 MB', mostBoots: '0', schedule: '24:00-06:00' },
    ...{ lifeSeconds: '1m', graceSeconds: '0', totalBytesPerSecond: '1 GB/s' },
  })
  assert.deepEqual(wrong, ['quotaBytes', 'wanBytesPerSecond', 'mostBoots', 'schedule', 'lifeSeconds'])
  assert.deepEqual(changeIn({ schedule: '22:00-22:00' }).wrong, ['schedule'])
})

test('settings are said in words', () => {
  assert.equal(words.limits(settings), '12.5 MB/s from the platform, 40 machines at once')
  assert.equal(
    words.limits({ ...settings, wanBytesPerSecond: undefined, mostBoots: undefined }),
    'as much as there is',
  )
  assert.equal(words.alone(settings), 'machines boot for 7 days; people do not sign in')
})
