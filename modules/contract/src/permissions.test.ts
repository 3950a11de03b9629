import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commonRole, covers, may, permissionNames, permissions, roles, rolesWith } from './permissions.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

test('the administrator may do everything and stands in no row', () => {
  for (const permission of permissionNames) {
    assert.ok(may('administrator', permission))
    assert.ok(!(permissions[permission].roles as readonly string[]).includes('administrator'), permission)
  }
})

test('who is only in front of a machine may approve codes, and nothing else', () => {
  assert.deepEqual(
    permissionNames.filter((permission) => may('user', permission)),
    ['boots.approve'],
  )
})

test('who may only look changes nothing but what is their own, and approves codes', () => {
  const changing = (Object.entries(routes) as [string, Route][]).filter(
    ([, { method, who }]) => method !== 'GET' && method !== 'HEAD' && who !== 'anybody' && who !== 'user',
  )
  const allowed = changing.filter(([, { who }]) => may('viewer', who as never)).map(([, { who }]) => who)
  assert.deepEqual([...new Set(allowed)].sort(), ['boots.approve', 'tokens.make'])
})

test('each role covers itself, and two have a common role that goes beyond neither', () => {
  for (const one of roles) {
    assert.ok(covers(one, one))
    assert.equal(commonRole(one, 'administrator'), one)
    for (const other of roles) {
      const common = commonRole(one, other)
      assert.ok(covers(one, common) && covers(other, common))
      assert.equal(commonRole(other, one), common)
    }
  }
  assert.equal(commonRole('publisher', 'operator'), 'viewer')
})

test('the roles with a permission come from the strongest down', () => {
  assert.deepEqual(rolesWith('images.promote'), ['administrator', 'publisher', 'operator'])
})
