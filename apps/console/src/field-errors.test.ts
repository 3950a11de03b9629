import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@bootcast/contract'
import { formErrors } from './field-errors.ts'

const refused = (code: string, errors?: { path: string; message: string }[]) =>
  new ApiError({
    ...{ type: `urn:bootcast:problem:${code}`, title: 't', status: 400, code, detail: 'what happened' },
    ...(errors && { errors }),
  })
const fields = ['name', 'password'] as const

test('what the platform says about a field stands beside it', () => {
  const error = refused('invalid_request', [
    { path: 'body.password', message: 'at least 12 characters' },
    { path: 'body.groups.0', message: 'not one of the form' },
  ])
  assert.deepEqual(formErrors(error, fields), {
    fields: { password: 'at least 12 characters' },
    rest: undefined,
  })
})

test('a code that is about one field stands beside it', () => {
  assert.deepEqual(formErrors(refused('user_exists'), fields, { user_exists: 'name' }), {
    fields: { name: 'what happened' },
    rest: undefined,
  })
})

test('everything else stands above the button, and nothing where nothing failed', () => {
  const about = refused('invalid_request', [{ path: 'body.other', message: 'x' }])
  assert.deepEqual(formErrors(about, fields), { fields: {}, rest: about })
  const away = new Error('away')
  assert.deepEqual(formErrors(away, fields), { fields: {}, rest: away })
  assert.deepEqual(formErrors(null, fields), { fields: {}, rest: undefined })
})
