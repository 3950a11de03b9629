/** Words that many pages have. Each page has its own file beside this one; a translation is another folder like this. */
export const commonTexts = {
  failed: 'That did not work',
  loading: 'Loading…',
  tryAgain: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  more: 'Show more',
  nothing: 'There is nothing here yet',
  unreachable: 'The platform does not answer',
  unreachableTodo: 'Is it running, and is the network there? This page tries again by itself.',
  forbidden: 'Your role may not see this',
  forbiddenTodo:
    'An administrator can give you another role. What you may do: approve the code that a machine shows.',
  brokenPage: 'This page could not be shown',
  noSuchPage: 'There is no such page',
  noSuchPageTodo: 'The address may be old, or mistyped.',
  toBoots: 'To the boots',
  save: 'Save',
  lostSince: (time: string, age: string) =>
    `No connection to the platform since ${time} (for ${age}): what you see is of then. It is tried again by itself.`,
  live: 'Live',
  connecting: 'Connecting…',
  notLive: (time: string) => `Not live: of ${time}`,
  oldData: (time: string) => `The platform did not answer; what you see is of ${time}.`,
  unknown: 'not known',
  never: 'never',
  now: 'now',
  exact: 'exact time',
  signedInAs: 'Signed in as',
  signOut: 'Sign out',
  light: 'Light',
  dark: 'Dark',
  auto: 'As the system',
  appearance: 'Appearance',
  menu: 'Menu',
  skip: 'To the content',
  enterCode: 'Enter a code',
  ownAccount: 'Your account',
  apiReference: 'API reference',
  version: (version: string) => `Bootcast ${version}`,
} as const

export const roleTexts = {
  administrator: 'administrator',
  publisher: 'publisher',
  operator: 'operator',
  viewer: 'viewer',
  user: 'user',
} as const

export const sourceTexts = {
  local: 'this platform',
  oidc: 'OpenID provider',
  ldap: 'LDAP directory',
  uforge: 'UForge',
} as const
